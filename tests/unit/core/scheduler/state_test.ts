import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInvariants } from "../../../../lib/core/scheduler/invariants.ts";
import { defaultPrefetch } from "../../../../lib/core/scheduler/credit.ts";
import { createSchedulerState } from "../../../../lib/core/scheduler/state.ts";

describe("createSchedulerState()", () => {
  it("knows nothing yet and keeps every rule", () => {
    const state = createSchedulerState({ seed: 1 });
    checkInvariants(state);
    const sizes = [state.jobs, state.nodes, state.local.queue, state.delayed, state.deadlines];
    assert.deepEqual(sizes.map(({ size }) => size), [0, 0, 0, 0, 0]);
    assert.equal(state.queued, 0);
  });

  it("takes the default bounds of prefetching unless it is given others", () => {
    const prefetch = { targetMs: 1, maxPerSlot: 1, stallMs: 1 };
    assert.equal(createSchedulerState({ seed: 1 }).prefetch, defaultPrefetch);
    assert.equal(createSchedulerState({ seed: 1, prefetch }).prefetch, prefetch);
  });

  it("draws the same jitter for the same seed", () => {
    const draw = (seed: number) => createSchedulerState({ seed }).random();
    assert.equal(draw(1), draw(1));
    assert.notEqual(draw(1), draw(2));
  });
});
