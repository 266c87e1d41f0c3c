import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JobCluster, parallelMap, UsageError } from "../../../mod.ts";
import { clusterOf, failureOf, isolations, listOf, stopsBusy, whenRunning } from "./support.ts";

// Runs in this process once; if it ran where jobs do, they would see it.
const marker: { runs: number } = globalThis as unknown as { runs: number };
marker.runs = (marker.runs ?? 0) + 1;

const offset = 5;

/** Not exported, and uses what is beside it. */
function shifted(n: number): number {
  return n + offset;
}

function topLevelRuns(): number | undefined {
  return (globalThis as unknown as { runs?: number }).runs;
}

function describeAll(...values: unknown[]): string {
  return values.map((value) => typeof value).join();
}

function spin(n: number): number {
  if (n < 0) { for (;;); }
  return n;
}

async function hang(n: number): Promise<number> {
  if (n < 0) await new Promise(() => {});
  return n;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function spell(value: { readonly text: string }): string {
  return value.text;
}

for (const isolation of isolations) {
  describe(`JobCluster (${isolation})`, () => {
    it("runs a function that is not exported, with what it uses", async () => {
      await using cluster = await clusterOf(shifted, import.meta.url, { isolation });
      const job = cluster.submit(7);
      assert.equal(await job, 12);
      assert.deepEqual([job.status, job.result, job.error], ["finished", 12, undefined]);
      assert.deepEqual([job.node, job.attempt, job.input], ["local", 1, [7]]);
      assert.match(job.id, /^[0-9a-f]{32}$/);
      const { submittedAt, startedAt = 0, endedAt = 0 } = job;
      assert.ok(submittedAt <= endedAt && startedAt <= endedAt + 1);
      assert.equal(cluster.pending, 0);
      assert.equal(cluster.slots, 2);
    });

    it("does not run the module's other statements where the jobs run", async () => {
      await using cluster = await clusterOf(topLevelRuns, import.meta.url, { isolation });
      assert.equal(await cluster.submit(), undefined);
      assert.equal(marker.runs, 1);
    });

    it("passes any number of arguments", async () => {
      await using cluster = await clusterOf(describeAll, import.meta.url, { isolation });
      assert.equal(await cluster.submit(), "");
      assert.equal(
        await cluster.submit(1, undefined, "b", null, 2n),
        "number,undefined,string,object,bigint",
      );
    });

    it("takes arguments as they are when they are submitted", async () => {
      await using cluster = await clusterOf(spell, import.meta.url, { isolation });
      const value = { text: "before" };
      const job = cluster.submit(value);
      value.text = "after";
      assert.equal(await job, "before");
    });

    it("cancels a job that waits, and leaves the others alone", async () => {
      await using cluster = await clusterOf(hang, import.meta.url, { isolation });
      const running = [cluster.submit(-1), cluster.submit(-1)];
      const waiting = cluster.submit(3);
      const other = cluster.submit(4);
      waiting.cancel();
      const error = await failureOf(waiting);
      assert.deepEqual([waiting.status, error.reason, error.attempt], [
        "cancelled",
        "cancelled",
        0,
      ]);
      for (const job of running) job.cancel();
      assert.equal(await other, 4);
    });

    it("cancels a job that runs, and goes on with its slot", {
      skip: stopsBusy(isolation) ? false : "Deno cannot end a busy Worker",
    }, async () => {
      await using cluster = await clusterOf(spin, import.meta.url, { isolation, local: 1 });
      const job = cluster.submit(-1);
      const next = cluster.submit(2);
      await whenRunning(job);
      job.cancel();
      await assert.rejects(job.wait(), { name: "JobError", reason: "cancelled" });
      assert.equal(job.status, "cancelled");
      assert.equal(await next, 2);
      assert.equal(next.attempt, 1);
    });

    it("cancels a job that waits for something", async () => {
      await using cluster = await clusterOf(hang, import.meta.url, { isolation, local: 1 });
      const job = cluster.submit(-1);
      await whenRunning(job);
      job.cancel();
      assert.equal((await failureOf(job)).reason, "cancelled");
      assert.equal(await cluster.submit(1), 1);
    });

    it("closes at once with jobs running, and takes no more", async () => {
      const fn = stopsBusy(isolation) ? spin : hang;
      const cluster = await clusterOf(fn, import.meta.url, { isolation });
      const jobs = [-1, -1, -1].map((n) => cluster.submit(n));
      await whenRunning(jobs[0] ?? assert.fail());
      const before = performance.now();
      await Promise.all([cluster.close(), cluster.close()]);
      assert.ok(performance.now() - before < 2000, "it took long to close");
      assert.deepEqual(jobs.map((job) => job.status), ["cancelled", "cancelled", "cancelled"]);
      assert.throws(() => cluster.submit(1), {
        message: "Cannot submit a job: the cluster is closed",
      });
      assert.equal(cluster.pending, 0);
    });

    it("does not swallow what is thrown in its block", async () => {
      await assert.rejects(async () => {
        await using cluster = await clusterOf(hang, import.meta.url, { isolation });
        cluster.submit(-1);
        throw new RangeError("of the block");
      }, { name: "RangeError", message: "of the block" });
    });

    it("cancels by signal: before, while it runs, and not after", async () => {
      await using cluster = await clusterOf(hang, import.meta.url, { isolation });
      const early = cluster.submitWith({ signal: AbortSignal.abort() }, 1);
      assert.equal((await failureOf(early)).reason, "cancelled");
      const controller = new AbortController();
      const job = cluster.submitWith({ signal: controller.signal }, -1);
      const done = cluster.submitWith({ signal: controller.signal }, 1);
      assert.equal(await done, 1);
      await whenRunning(job);
      controller.abort();
      assert.equal((await failureOf(job)).reason, "cancelled");
      assert.equal(done.status, "finished");
    });

    it("waits until all have ended, or until a signal ends the waiting", async () => {
      await using cluster = await clusterOf(hang, import.meta.url, { isolation });
      const jobs = [1, 2, 3].map((n) => cluster.submit(n));
      await cluster.wait();
      assert.deepEqual(jobs.map((job) => job.result), [1, 2, 3]);
      const job = cluster.submit(-1);
      const reason = new Error("enough");
      for (const waiting of [cluster, job]) {
        const controller = new AbortController();
        const waited = waiting.wait({ signal: controller.signal });
        controller.abort(reason);
        await assert.rejects(waited, reason);
      }
      assert.notEqual(job.status, "cancelled");
      cluster.cancelAll();
      await cluster.wait();
      assert.equal(job.status, "cancelled");
    });

    it("places jobs of a higher priority first", async () => {
      await using cluster = await JobCluster.create(pause, {
        module: import.meta.url,
        local: 1,
        isolation,
      });
      // From these the cluster learns that such a job is not worth sending many ahead of.
      for (let n = 0; n < 4; n += 1) await cluster.submit(30);
      const order: string[] = [];
      const plain = Array.from({ length: 12 }, () => cluster.submit(30));
      const urgent = cluster.submitWith({ priority: 1 }, 30);
      await Promise.all([
        ...plain.map((job) => job.then(() => order.push("plain"))),
        urgent.then(() => order.push("urgent")),
      ]);
      assert.ok(order.indexOf("urgent") < 6, order.join());
    });

    it("cancels all that wait and lets the others end", async () => {
      await using cluster = await clusterOf(hang, import.meta.url, { isolation, local: 1 });
      const running = cluster.submit(-1);
      await whenRunning(running);
      const waiting = [1, 2, 3].map((n) => cluster.submit(n));
      cluster.cancelWaiting();
      for (const job of waiting) assert.equal((await failureOf(job)).reason, "cancelled");
      assert.equal(running.status, "running");
    });
  });
}

describe("JobCluster.create()", () => {
  it("refuses options that make no sense, by name", async () => {
    const refused: [object, RegExp][] = [
      [{ local: 0 }, /option local \(0\)/],
      [{ local: 1.5 }, /option local \(1\.5\)/],
      [{ isolation: "none" }, /option isolation \("none"\)/],
      [{ timeoutMs: -1 }, /option timeoutMs \(-1\)/],
      [{ retries: "two" }, /option retries \("two"\)/],
      [{ workers: 3 }, /option workers: there is none of that name/],
    ];
    for (const [options, message] of refused) {
      await assert.rejects(JobCluster.create(shifted, { module: import.meta.url, ...options }), {
        name: "UsageError",
        message,
      });
    }
    await assert.rejects(JobCluster.create(5 as never), { message: /for 5: give a function/ });
  });

  it("names a variable that is not there", async () => {
    let free = 1;
    free += 1;
    await assert.rejects(JobCluster.create((n: number) => n + free), {
      name: "CodeError",
      message: /it uses 'free'.*depends: \{ free \}/,
    });
  });

  it("takes free variables from depends", async () => {
    const add = (a: number, b: number): number => a + b;
    const results = await parallelMap([1, 2], (n: number) => add(n, add(1, 1)), {
      depends: { add },
    });
    assert.deepEqual(results, [3, 4]);
  });

  it("refuses wrong options of one job or map, and what is not iterable", async () => {
    await using cluster = await clusterOf(shifted, import.meta.url, {});
    assert.throws(() => cluster.submitWith({ retries: -1 }, 1), UsageError);
    assert.throws(() => cluster.submitWith({ signal: {} as AbortSignal }, 1), /option signal/);
    assert.throws(() => cluster.mapJobs([1], { window: 0 }), /option window \(0\)/);
    assert.throws(() => cluster.mapJobs(null as never), /Cannot map over null/);
    assert.deepEqual(await listOf(cluster.map([1])), [6]);
  });
});

describe("JobCluster.fromModule()", () => {
  it("runs an exported function of a module, and says where a module throws", async () => {
    const url = new URL("../../fixtures/jobs/jobs.ts", import.meta.url).href;
    await using cluster = await JobCluster.fromModule<[string], number>(url, "length");
    assert.equal(await cluster.submit("four"), 4);
    await assert.rejects(JobCluster.fromModule(url, "gone"), {
      name: "CodeError",
      message: /'gone'/,
    });
  });
});
