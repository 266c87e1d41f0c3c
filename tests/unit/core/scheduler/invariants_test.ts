import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInvariants } from "../../../../lib/core/scheduler/invariants.ts";
import { nodeId, SchedulerFixture } from "./fixture.ts";

/** Node "a" with one slot holds j1 and j2; j3 waits in the queue. */
function sound(): SchedulerFixture {
  const fixture = new SchedulerFixture();
  fixture.nodeUp("a");
  fixture.submit(["j1", "j2", "j3"]);
  checkInvariants(fixture.state);
  return fixture;
}

/** Breaks a sound state by hand, and expects the rule that names it. */
function catches(rule: RegExp, breakIt: (fixture: SchedulerFixture) => void): void {
  const fixture = sound();
  breakIt(fixture);
  assert.throws(() => checkInvariants(fixture.state), rule);
}

describe("checkInvariants()", () => {
  it("catches a queued job that is not in the queue", () => {
    catches(/job j3 \(queued\) is queued and is not in the queue/, (fixture) => {
      fixture.state.local.queue.shift();
    });
  });

  it("catches a queued job that is in the queue twice", () => {
    catches(/job j3 \(queued\) is in the queue twice/, (fixture) => {
      fixture.state.local.queue.pushBack(fixture.job("j3"));
    });
  });

  it("catches a wrong count of queued jobs", () => {
    catches(/counts 2 queued jobs, has 1/, (fixture) => {
      fixture.state.queued += 1;
    });
  });

  it("catches a job on a node that does not hold its lease", () => {
    catches(/job j1 \(assigned\) is not on node a/, (fixture) => {
      fixture.node("a").leases.delete(fixture.job("j1").id);
    });
  });

  it("catches a job on a node that is not there", () => {
    catches(/job j1 \(running\) is not on node gone/, (fixture) => {
      fixture.job("j1").phase = { kind: "running", node: nodeId("gone"), deadlineMs: Infinity };
    });
  });

  it("catches a lease whose job has moved on", () => {
    catches(/has 3 leases on nodes for 2 leased jobs/, (fixture) => {
      fixture.node("a").leases.set(fixture.job("j3").id, fixture.job("j3"));
    });
  });

  it("catches a lease without an attempt", () => {
    catches(/job j1 \(assigned\) holds a lease without an attempt/, (fixture) => {
      fixture.job("j1").attempt = 0;
    });
  });

  it("catches more attempts than leases", () => {
    catches(/job j1 \(assigned\) has more attempts than leases/, (fixture) => {
      fixture.job("j1").attempt = 2;
    });
  });

  it("catches more failures than retries", () => {
    catches(/job j1 \(assigned\) failed more often than its retries allow/, (fixture) => {
      fixture.job("j1").failures = 1;
    });
  });

  it("catches more losses than allowed", () => {
    catches(/job j1 \(assigned\) was lost more often than allowed/, (fixture) => {
      fixture.job("j1").losses = 6;
    });
  });

  it("catches a job that has ended and is still known", () => {
    catches(/job j1 \(ended\) has ended and is not forgotten/, (fixture) => {
      fixture.job("j1").phase = { kind: "ended" };
    });
  });

  it("catches a withdrawn job that would run", () => {
    catches(/job j3 \(queued\) was withdrawn and waits to run/, (fixture) => {
      fixture.job("j3").withdrawn = true;
    });
  });

  it("catches a wrong count of retractions", () => {
    catches(/miscounts the retractions of a/, (fixture) => {
      fixture.node("a").retracting = 1;
    });
  });
});
