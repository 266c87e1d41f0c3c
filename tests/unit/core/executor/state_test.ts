import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInvariants } from "../../../../lib/core/executor/invariants.ts";
import { createExecutorState } from "../../../../lib/core/executor/state.ts";
import type { InstanceId } from "../../../../lib/proto/ids.ts";
import { end, lease } from "./fixture.ts";

describe("createExecutorState()", () => {
  it("holds nothing but what was on disk", () => {
    const instance = "i" as InstanceId;
    const saved = [end(lease("j"))];
    const state = createExecutorState({ instance, slots: 1, saveAfterMs: 0, saved });
    checkInvariants(state);
    assert.deepEqual([state.held.size, state.outbox.ends, state.epoch], [0, saved, 0]);
  });
});
