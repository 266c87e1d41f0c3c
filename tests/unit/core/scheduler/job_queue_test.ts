import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JobQueue } from "../../../../lib/core/scheduler/job_queue.ts";
import { addJob } from "../../../../lib/core/scheduler/jobs.ts";
import type { JobRecord } from "../../../../lib/core/scheduler/records.ts";
import { createSchedulerState } from "../../../../lib/core/scheduler/state.ts";
import { jobId, policyOf } from "./fixture.ts";

const state = createSchedulerState({ seed: 1 });

function job(name: string, priority: number): JobRecord {
  return addJob(state, state.local, jobId(name), policyOf({ priority }), undefined);
}

function drain(queue: JobQueue<JobRecord>): string[] {
  const ids: string[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) ids.push(next.id);
  return ids;
}

describe("a queue of jobs", () => {
  it("keeps the order of jobs of one priority, those put back first", () => {
    const queue = new JobQueue<JobRecord>();
    for (const name of ["a", "b"]) queue.pushBack(job(name, 0));
    queue.pushFront(job("again", 0));
    assert.equal(queue.first?.id, "again");
    assert.deepEqual(drain(queue), ["again", "a", "b"]);
    assert.equal(queue.first, undefined);
  });

  it("gives jobs of a higher priority first, whenever they came", () => {
    const queue = new JobQueue<JobRecord>();
    const jobs = [
      job("plain", 0),
      job("low", -1),
      job("high", 2),
      job("higher", 7.5),
      job("high too", 2),
      job("plain too", 0),
    ];
    for (const each of jobs) queue.pushBack(each);
    queue.pushFront(job("high again", 2));
    const order = ["higher", "high again", "high", "high too", "plain", "plain too", "low"];
    assert.equal(queue.size, order.length);
    assert.equal(queue.first?.id, "higher");
    assert.deepEqual([...queue].map(({ id }) => id), order);
    assert.equal(queue.count(({ policy }) => policy.priority === 2), 3);
    assert.deepEqual(drain(queue), order);
    assert.equal(queue.size, 0);
    queue.pushBack(job("later", 2));
    assert.deepEqual(drain(queue), ["later"]);
  });
});
