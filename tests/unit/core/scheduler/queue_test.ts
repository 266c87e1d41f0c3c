import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addJob } from "../../../../lib/core/scheduler/jobs.ts";
import {
  discount,
  enqueue,
  placeable,
  requeue,
  takeNext,
} from "../../../../lib/core/scheduler/queue.ts";
import { createSchedulerState } from "../../../../lib/core/scheduler/state.ts";
import { jobId, policyOf } from "./fixture.ts";

/** A scheduler with jobs of these names in its queue. */
function queue(...names: string[]) {
  const state = createSchedulerState({ seed: 1 });
  const jobs = names.map((name) => addJob(state, state.local, jobId(name), policyOf(), undefined));
  for (const job of jobs) enqueue(state, job);
  return { state, jobs };
}

describe("the queue", () => {
  it("gives jobs in their order, those put back first", () => {
    const { state } = queue("a", "b", "c");
    const first = takeNext(state);
    assert.ok(first !== undefined);
    requeue(state, first);
    const taken = [1, 2, 3, 4].map(() => takeNext(state)?.id);
    assert.deepEqual(taken, ["a", "b", "c", undefined]);
  });

  it("skips what left it", () => {
    const { state, jobs: [a] } = queue("a", "b");
    assert.ok(a !== undefined);
    discount(state, a.cluster);
    a.phase = { kind: "ended" };
    assert.equal(placeable(state), 1);
    assert.equal(takeNext(state)?.id, "b");
    assert.equal(placeable(state), 0);
  });
});
