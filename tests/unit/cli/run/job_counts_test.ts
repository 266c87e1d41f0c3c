import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Progress } from "../../../../lib/cli/progress.ts";
import { JobCounts } from "../../../../lib/cli/run/job_counts.ts";

const job = { node: "local", attempt: 1 };

function progressLog(): { readonly progress: Progress; readonly log: string[] } {
  const log: string[] = [];
  const progress: Progress = {
    total: () => {},
    done: () => log.push("done"),
    failed: () => log.push("failed"),
    log: () => {},
    pause: () => {},
    stop: () => {},
  };
  return { progress, log };
}

describe("JobCounts", () => {
  it("counts by what became of jobs, and tells the progress of all but cancelled ones", () => {
    const { progress, log } = progressLog();
    const counts = new JobCounts(progress);
    const failure = new Error("broken");
    const kinds = [
      counts.add({ ...job, status: "finished" }, { seq: 1, value: "a" }, undefined),
      counts.add({ ...job, status: "terminated" }, { seq: 2, value: "b" }, failure),
      counts.add({ ...job, status: "finished" }, { seq: 3, value: "c" }, failure),
      counts.add({ ...job, status: "cancelled" }, { seq: 4, value: "d" }, failure),
    ];
    assert.deepEqual(kinds, ["done", "failed", "failed", "cancelled"]);
    assert.deepEqual(log, ["done", "failed", "failed"]);
    assert.equal(counts.ended, 4);
    assert.deepEqual(counts.tally.detailed.map(({ seq, input }) => [seq, input]), [
      [2, "b"],
      [3, "c"],
    ]);
    const { elapsedMs, ...numbers } = counts.summary(5);
    assert.deepEqual(numbers, { done: 1, failed: 2, cancelled: 1, skipped: 5 });
    assert.ok(elapsedMs >= 0);
    assert.equal(counts.summary().skipped, 0);
  });
});
