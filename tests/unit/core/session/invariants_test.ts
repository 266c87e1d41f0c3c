import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInvariants } from "../../../../lib/core/session/invariants.ts";
import type { SessionState } from "../../../../lib/core/session/state.ts";
import { Deque } from "../../../../lib/core/shared/deque.ts";
import { SessionFixture } from "./fixture.ts";

/** Breaks a sound state by hand, and expects the rule that names it. */
function catches(rule: RegExp, breakIt: (state: SessionState) => void): void {
  const fixture = new SessionFixture({ submitWindow: 2 });
  fixture.attach(1);
  fixture.submit("accepted", "sent", "fresh", "fresh2");
  fixture.accepted("accepted");
  fixture.submit("fresh3");
  breakIt(fixture.state);
  assert.throws(() => checkInvariants(fixture.state), rule);
}

describe("checkInvariants() of a client", () => {
  it("catches wrong counts", () => {
    catches(/counts 3 sent jobs, has 2/, (state) => state.sent += 1);
    catches(/counts 0 accepted jobs, has 1/, (state) => state.accepted -= 1);
  });

  it("catches a job that nobody will send", () => {
    catches(/thinks of sending 0 jobs, has 2/, (state) => state.fresh = new Deque());
    catches(/thinks of 0 refused jobs, has 2/, (state) => {
      for (const job of state.jobs.values()) if (job.phase === "fresh") job.phase = "blocked";
    });
  });

  it("catches a job that has its result", () => {
    catches(/waits for accepted, which was delivered/, (state) => state.delivered.add(0));
  });

  it("catches a number that will be used again", () => {
    catches(/gave fresh a number that is still to be given/, (state) => state.nextNumber = 2);
  });

  it("catches a job that has ended and is still known", () => {
    catches(/knows accepted, which has ended/, (state) => {
      for (const job of state.jobs.values()) if (job.phase === "accepted") job.phase = "ended";
    });
  });

  it("catches too many unanswered jobs, and a wrong idea of the connection", () => {
    catches(/sent 3 jobs at once/, (state) => {
      for (const job of state.jobs.values()) if (job.phase === "accepted") job.phase = "sent";
      state.sent += 1;
      state.accepted -= 1;
    });
    catches(/is attached to nothing/, (state) => state.link = undefined);
  });
});
