import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { UsageError } from "../../../mod.ts";
import { clusterOf, failureOf } from "./support.ts";

const options = { isolation: "process", memoryLimit: "400MB" } as const;

/** Fills memory of its own, or a child's, until somebody stops it. */
function grow(who: string): string {
  if (who === "child") spawnSync("sh", ["-c", "tr '\\0' x < /dev/zero | sort"]);
  const kept: Uint8Array[] = [];
  while (who === "job") {
    kept.push(new Uint8Array(20_000_000).fill(1));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  return who;
}

/** Leaves garbage that nobody has collected yet, and takes a while. */
async function litter(megabytes: number): Promise<number> {
  (globalThis as { kept?: unknown }).kept = new Uint8Array(megabytes * 1e6).fill(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return megabytes;
}

describe("memoryLimit", () => {
  it("stops a job that uses more, says so, and leaves the others unharmed", async () => {
    await using cluster = await clusterOf(grow, import.meta.url, options);
    const others = Array.from({ length: 10 }, (_, n) => cluster.submit(`other ${n}`));
    const jobs = ["job", "child"].map((who) => cluster.submit(who));
    const later = Array.from({ length: 10 }, (_, n) => cluster.submit(`later ${n}`));
    for (const job of jobs) {
      const error = await failureOf(job);
      assert.equal(
        error.message,
        "The job used more than its memory limit of 400 MB and was stopped",
      );
      assert.deepEqual([error.reason, job.status], ["memory", "terminated"]);
    }
    for (const job of [...others, ...later]) {
      assert.equal(await job, job.input[0]);
      assert.equal(job.attempt, 1);
    }
  });

  it("is retried as a crash is", async () => {
    await using cluster = await clusterOf(grow, import.meta.url, {
      ...options,
      retries: 1,
      backoffMs: 1,
    });
    assert.equal((await failureOf(cluster.submit("job"))).attempt, 2);
  });

  it("does not blame a job for what those before it left", async () => {
    await using cluster = await clusterOf(litter, import.meta.url, { ...options, local: 1 });
    assert.equal(await cluster.submitWith({ memoryLimit: "2GB" }, 500), 500);
    // Half a gigabyte is in use when it begins.
    const job = cluster.submit(1);
    assert.equal(await job, 1);
    assert.equal(job.attempt, 1);
  });

  it("is refused where jobs share a process, and where it is none", async () => {
    const cases: readonly [object, RegExp][] = [
      [
        { isolation: "worker", memoryLimit: 512e6 },
        /^Cannot keep memoryLimit 512 MB in a Worker: .*Use isolation: "process"$/,
      ],
      [
        { memoryLimit: "much" },
        /^Cannot use option memoryLimit \("much"\): give at least 100 MB, in bytes or as a text/,
      ],
      [{ memoryLimit: "1MB" }, /give at least 100 MB/],
      [{ memoryLimit: 0.5 }, /give at least 100 MB/],
    ];
    for (const [bad, message] of cases) {
      await assert.rejects(clusterOf(grow, import.meta.url, bad), { name: "UsageError", message });
    }
    await using cluster = await clusterOf(grow, import.meta.url, { isolation: "worker" });
    assert.throws(() => cluster.submitWith({ memoryLimit: "1GB" }, "x"), UsageError);
  });
});
