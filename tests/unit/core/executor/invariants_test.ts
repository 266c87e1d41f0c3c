import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInvariants } from "../../../../lib/core/executor/invariants.ts";
import type { ExecutorState } from "../../../../lib/core/executor/state.ts";
import { end, ExecutorFixture, lease } from "./fixture.ts";

const j = lease("j");

/** Breaks a sound state by hand, and expects the rule that names it. */
function catches(rule: RegExp, breakIt: (state: ExecutorState) => void): void {
  const fixture = new ExecutorFixture();
  fixture.connect(1);
  fixture.assign(j);
  breakIt(fixture.state);
  assert.throws(() => checkInvariants(fixture.state), rule);
}

describe("checkInvariants() of a node", () => {
  it("catches a lease that is held and has ended", () => {
    catches(/holds j#1@1 and has its end/, ({ outbox }) => outbox.add(end(j), 0, false));
  });

  it("catches a void lease that goes on", () => {
    catches(/goes on with j#1@1, which is void/, ({ held }) => {
      for (const record of held.values()) record.void = true;
    });
  });

  it("catches a lease under another name", () => {
    catches(/holds k under another name/, ({ held }) => {
      for (const record of [...held.values()]) held.set("k", record);
    });
  });

  it("catches a wrong idea of the connection", () => {
    catches(/greeted without a link/, (state) => state.link = undefined);
    catches(/greeted by nobody/, (state) => state.scheduler = undefined);
    catches(/does not see that it is cut off/, (state) => state.greeted = false);
  });

  it("catches one that is drained and has work", () => {
    catches(/is drained and has work/, (state) => state.drained = true);
  });
});
