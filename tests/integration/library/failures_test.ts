import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { JobError } from "../../../mod.ts";
import { runtime } from "../../harness/runners.ts";
import { clusterOf, failureOf, isolations } from "./support.ts";

const path = fileURLToPath(import.meta.url);
const source = readFileSync(path, "utf8").split("\n");

function lineOf(code: string): number {
  return source.findIndex((line) => line.includes(code)) + 1;
}

function assertIncludes(stack: string | undefined, place: string): void {
  assert.ok(stack?.includes(place), `${place} is not in ${stack}`);
}

function fail(n: number): never {
  throw new RangeError(`bad ${n}`, { cause: new TypeError("inner") });
}

class LimitError extends Error {
  override name = "LimitError";
}

async function failLater(): Promise<never> {
  await Promise.resolve();
  throw new LimitError("over the limit");
}

function throwText(text: string): never {
  throw text;
}

function exitAt(n: number): number {
  if (n < 0) {
    process.stdout.write("about to leave\n");
    process.exit(-n);
  }
  return n;
}

async function uncaughtAt(n: number): Promise<number> {
  if (n >= 0) return n;
  setTimeout(() => fail(n), 5);
  return await new Promise(() => {});
}

async function hang(n: number): Promise<number> {
  if (n < 0) await new Promise(() => {});
  return n;
}

function spin(n: number): number {
  if (n < 0) { for (;;); }
  return n;
}

for (const isolation of isolations) {
  describe(`jobs that fail (${isolation})`, () => {
    it("give a JobError that tells all, with the user's error and place as its cause", async () => {
      await using cluster = await clusterOf(fail, import.meta.url, { isolation });
      const job = cluster.submit(4);
      const error = await failureOf(job);
      assert.ok(error instanceof JobError && error instanceof Error);
      assert.equal(error.message, "RangeError: bad 4");
      assert.deepEqual([error.name, error.reason, error.node], ["JobError", "threw", "local"]);
      assert.deepEqual([error.attempt, error.jobId, error.input], [1, job.id, [4]]);
      const { cause } = error;
      assert.ok(cause instanceof RangeError);
      const place = `${path}:${lineOf("throw new RangeError")}:`;
      assertIncludes(cause.stack, `at fail (${place}`);
      assertIncludes(error.stack, `at fail (${place}`);
      assert.doesNotMatch(cause.stack ?? "", /lib\/(runtime|slots)/);
      assert.ok(cause.cause instanceof TypeError);
      assert.equal(cause.cause.message, "inner");
      await assert.rejects(job.wait(), error);
    });

    it("keep the name of the user's own error class, and what is no error at all", async () => {
      await using later = await clusterOf(failLater, import.meta.url, { isolation });
      const { cause } = await failureOf(later.submit());
      assert.ok(cause instanceof Error);
      assert.deepEqual([cause.name, cause.message], ["LimitError", "over the limit"]);
      assertIncludes(cause.stack, `failLater (${path}:${lineOf("throw new LimitError")}:`);
      await using text = await clusterOf(throwText, import.meta.url, { isolation });
      const error = await failureOf(text.submit("just text"));
      assert.deepEqual([error.cause, error.message], ["just text", "Thrown: just text"]);
      assert.doesNotMatch(error.stack ?? "", /\n/);
    });

    it("run again as often as their retries say, and no more", async () => {
      const options = { isolation, retries: 2, backoffMs: 1 };
      await using cluster = await clusterOf(fail, import.meta.url, options);
      assert.equal((await failureOf(cluster.submit(1))).attempt, 3);
      assert.equal((await failureOf(cluster.submitWith({ retries: 0 }, 1))).attempt, 1);
    });

    it("name the exit of a crash, and leave those beside it without blame", async () => {
      await using cluster = await clusterOf(exitAt, import.meta.url, { isolation });
      const inputs = Array.from({ length: 60 }, (_, index) => index === 30 ? -3 : index);
      const jobs = inputs.map((n) => cluster.submit(n));
      await cluster.wait();
      for (const [index, job] of jobs.entries()) {
        if (index === 30) continue;
        assert.deepEqual([job.status, job.result, job.attempt], ["finished", index, 1]);
      }
      const error = await failureOf(jobs[30] ?? assert.fail());
      assert.deepEqual([error.reason, error.cause], ["crashed", undefined]);
      assert.equal(error.message, "The job ended what it ran in, by calling exit(3)");
      assert.equal(jobs[30]?.stdout, "about to leave\n");
    });

    it("have an error that nobody caught as their cause", async () => {
      await using cluster = await clusterOf(uncaughtAt, import.meta.url, { isolation });
      const error = await failureOf(cluster.submit(-5));
      assert.equal(error.reason, "crashed");
      assert.match(error.message, /with an uncaught RangeError: bad -5$/);
      // `bun test` takes errors of Workers for itself; the command line's tests have them whole.
      if (runtime === "deno" || isolation === "process") {
        assert.ok(error.cause instanceof RangeError);
        assertIncludes(error.stack, `at fail (${path}:`);
      }
      assert.equal(await cluster.submit(1), 1);
    });

    it("are stopped at their time limit", async () => {
      const limited = isolation === "process" || runtime === "bun";
      if (!limited) {
        await assert.rejects(clusterOf(hang, import.meta.url, { isolation, timeoutMs: 100 }), {
          name: "UsageError",
          message: /Cannot keep timeoutMs 100 in a Worker: Deno cannot stop one/,
        });
        return;
      }
      for (const fn of [hang, spin]) {
        await using cluster = await clusterOf(fn, import.meta.url, { isolation, timeoutMs: 250 });
        const job = cluster.submit(-1);
        const other = cluster.submit(1);
        const error = await failureOf(job);
        assert.equal(error.reason, "timeout");
        const { startedAt = 0, endedAt = 0 } = job;
        assert.ok(
          endedAt - startedAt >= 240 && endedAt - startedAt < 2000,
          `${endedAt - startedAt}`,
        );
        assert.deepEqual([await other, other.attempt], [1, 1]);
        const long = cluster.submitWith({ timeoutMs: 60_000 }, -1);
        await new Promise((resolve) => setTimeout(resolve, 400));
        assert.equal(long.status, "running");
      }
    });
  });
}
