import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInvariants } from "../../../../lib/core/session/invariants.ts";
import { createSessionState } from "../../../../lib/core/session/state.ts";
import { job, target } from "./fixture.ts";

describe("createSessionState()", () => {
  it("begins with the jobs that an earlier session left", () => {
    const options = { target, submitWindow: 1, quotaRetryMs: 1 };
    const state = createSessionState({ ...options, jobs: [job("j")], delivered: [0, 3] });
    checkInvariants(state);
    assert.deepEqual([state.jobs.size, state.nextNumber, state.cluster], [1, 4, "c"]);
  });
});
