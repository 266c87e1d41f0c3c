import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JobError, parallelMap } from "../../../mod.ts";
import { clusterOf, isolations, listOf } from "./support.ts";

async function wait(ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
}

function refuseThree(n: number): number {
  if (n === 3) throw new RangeError("three");
  return n * 10;
}

async function hang(n: number): Promise<number> {
  if (n < 0) await new Promise(() => {});
  return n;
}

for (const isolation of isolations) {
  describe(`map (${isolation})`, () => {
    it("gives results in the order of the inputs, or as they are ready", async () => {
      await using cluster = await clusterOf(wait, import.meta.url, { isolation });
      assert.deepEqual(await listOf(cluster.map([100, 1, 50, 2])), [100, 1, 50, 2]);
      assert.deepEqual(await listOf(cluster.map([300, 1, 2], { ordered: false })), [1, 2, 300]);
    });

    it("reads an endless generator only as far as there is room, and closes it", async () => {
      await using cluster = await clusterOf(refuseThree, import.meta.url, { isolation });
      let made = 10;
      let closed = false;
      async function* endless(): AsyncGenerator<number> {
        try {
          for (;;) yield made++;
        } finally {
          closed = true;
        }
      }
      let taken = 0;
      for await (const _result of cluster.map(endless(), { window: 20 })) {
        taken += 1;
        assert.ok(made - 10 <= taken + 20, `${made - 10} were read for ${taken} results`);
        if (taken === 500) break;
      }
      assert.ok(closed);
      assert.equal(cluster.pending, 0);
    });

    it("throws the first failure and cancels the rest; mapJobs gives every job", async () => {
      await using cluster = await clusterOf(refuseThree, import.meta.url, { isolation });
      const seen: number[] = [];
      await assert.rejects(async () => {
        for await (const result of cluster.map([1, 2, 3, 4, 5])) seen.push(result);
      }, (error: unknown) => {
        assert.ok(error instanceof JobError);
        assert.deepEqual([error.reason, error.input], ["threw", [3]]);
        return true;
      });
      assert.deepEqual(seen, [10, 20]);
      assert.equal(cluster.pending, 0);
      const jobs = await listOf(cluster.mapJobs([2, 3, 4]));
      assert.deepEqual(jobs.map(({ job }) => job.status), ["finished", "terminated", "finished"]);
    });

    it("gives what was ready and then throws what the inputs throw", async () => {
      await using cluster = await clusterOf(refuseThree, import.meta.url, { isolation });
      function* broken(): Generator<number> {
        yield 1;
        yield 2;
        throw new Error("inputs are broken");
      }
      async function* brokenLater(): AsyncGenerator<number> {
        yield* broken();
      }
      for (const inputs of [broken(), brokenLater()]) {
        const seen: number[] = [];
        await assert.rejects(async () => {
          for await (const result of cluster.map(inputs)) seen.push(result);
        }, { message: "inputs are broken" });
        assert.deepEqual(seen, [10, 20]);
      }
    });

    it("ends when its signal is aborted, whatever it waits for", async () => {
      await using cluster = await clusterOf(hang, import.meta.url, { isolation });
      const seen: number[] = [];
      const reason = new Error("enough");
      const controller = new AbortController();
      const { signal } = controller;
      await assert.rejects(async () => {
        for await (const result of cluster.map([0, -1, 2], { signal })) {
          seen.push(result);
          setTimeout(() => controller.abort(reason), 50);
        }
      }, reason);
      assert.deepEqual(seen, [0]);
      assert.equal(cluster.pending, 0);
      async function* silent(): AsyncGenerator<number> {
        yield 1;
        await new Promise(() => {});
      }
      const late = AbortSignal.timeout(100);
      await assert.rejects(listOf(cluster.map(silent(), { signal: late })), {
        name: "TimeoutError",
      });
    });

    it("can be left early while the inputs are silent", async () => {
      await using cluster = await clusterOf(hang, import.meta.url, { isolation });
      async function* silent(): AsyncGenerator<number> {
        yield 1;
        await new Promise(() => {});
      }
      for await (const result of cluster.map(silent())) {
        assert.equal(result, 1);
        break;
      }
    });
  });
}

describe("parallelMap()", () => {
  it("is awaited as a list, or gone through", async () => {
    assert.deepEqual(await parallelMap([3, 1, 2], (n: number) => n * 2), [6, 2, 4]);
    assert.deepEqual(await parallelMap("abc", (text: string) => text + text, { local: 1 }), [
      "aa",
      "bb",
      "cc",
    ]);
    assert.deepEqual(await parallelMap([], (n: number) => n), []);
    const results = parallelMap(new Set([5, 6]), wait, {
      module: import.meta.url,
      ordered: false,
      window: 2,
    });
    assert.deepEqual((await listOf(results)).sort(), [5, 6]);
  });

  it("rejects with the first failure", async () => {
    const results = parallelMap([1, 3], refuseThree, { module: import.meta.url });
    await assert.rejects(Promise.resolve(results), {
      name: "JobError",
      message: "RangeError: three",
    });
  });
});
