import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/scheduler/machine.ts";
import type { JobPolicy } from "../../../../lib/proto/jobs.ts";
import {
  assignmentsOf,
  jobsTo,
  policyOf,
  SchedulerFixture,
  settledIn,
  typesOf,
} from "./fixture.ts";

/** Node "a" with one slot holds job "j", assigned. */
function assigned(changes: Partial<JobPolicy> = {}): SchedulerFixture {
  const fixture = new SchedulerFixture();
  fixture.nodeUp("a");
  fixture.submit(["j"], policyOf(changes));
  return fixture;
}

/** Node "a" with one slot runs job "j". */
function running(changes: Partial<JobPolicy> = {}): SchedulerFixture {
  const fixture = assigned(changes);
  fixture.started("a", "j");
  return fixture;
}

/** "j" waits on node "a" behind a long job, and is asked back for the idle node "b". */
function retracting(): SchedulerFixture {
  const fixture = new SchedulerFixture();
  fixture.nodeUp("a");
  fixture.submit(["long", "j"]);
  fixture.nodeUp("b");
  fixture.advance(10);
  assert.equal(fixture.job("j").phase.kind, "retracting");
  return fixture;
}

const cancelledEnding = [{ job: "j", ending: { status: "cancelled" } }];

describe("submit", () => {
  it("takes a job once, however often it is submitted", () => {
    const fixture = new SchedulerFixture();
    fixture.submit(["j", "j"]);
    fixture.submit(["j"]);
    assert.equal(fixture.state.queued, 1);
    assert.equal(assignmentsOf(fixture.nodeUp("a")).length, 1);
    assert.deepEqual(fixture.submit(["j"]), []);
  });

  it("keeps the first policy when a repeated submit brings another", () => {
    const fixture = new SchedulerFixture();
    fixture.submit(["j"], policyOf({ retries: 3 }));
    fixture.submit(["j"], policyOf({ retries: 9 }));
    assert.equal(fixture.job("j").policy.retries, 3);
  });

  it("waits for a node when there is none", () => {
    const fixture = new SchedulerFixture();
    assert.deepEqual(fixture.submit(["j"]), []);
    assert.deepEqual(jobsTo("a", fixture.nodeUp("a")), ["j"]);
  });
});

describe("a node", () => {
  it("announced twice is one node", () => {
    const fixture = assigned();
    assert.deepEqual(fixture.nodeUp("a", 5), []);
    assert.equal(fixture.node("a").slots, 1);
  });

  it("that is not known may go down without effect", () => {
    assert.deepEqual(assigned().nodeDown("b"), []);
  });
});

describe("a result", () => {
  it("settles the job with what the node said", () => {
    const fixture = assigned();
    assert.deepEqual(fixture.done("a", "j", "finished", { runMs: 7 }), [{
      type: "settle",
      job: "j",
      ending: { status: "finished", detail: "j" },
      node: "a",
      attempt: 1,
      runMs: 7,
    }]);
    assert.equal(fixture.state.jobs.size, 0);
    assert.equal(fixture.node("a").leases.size, 0);
  });

  it("that comes twice settles once", () => {
    const fixture = assigned();
    fixture.done("a", "j");
    assert.deepEqual(fixture.done("a", "j", "finished", { lease: 1 }), []);
  });

  it("moves the mean run time of its node", () => {
    const fixture = assigned();
    fixture.done("a", "j", "finished", { runMs: 8 });
    assert.equal(fixture.node("a").meanRunMs, 8);
    fixture.submit(["k"]);
    fixture.done("a", "k", "finished", { runMs: 16 });
    assert.equal(fixture.node("a").meanRunMs, 9);
  });
});

describe("an attempt that its node gave up", () => {
  it("counts as a loss, not as a failure", () => {
    const fixture = assigned();
    const effects = fixture.done("a", "j", "expired");
    assert.deepEqual(jobsTo("a", effects), ["j"]);
    assert.deepEqual([fixture.job("j").losses, fixture.job("j").failures], [1, 0]);
  });
});

describe("what is said of a lease that is over", () => {
  it("is ignored after the lease was returned and given again", () => {
    const fixture = assigned();
    fixture.returned("a", "j");
    assert.equal(fixture.job("j").lease, 2);
    assert.deepEqual(fixture.done("a", "j", "finished", { lease: 1 }), []);
    assert.deepEqual(fixture.returned("a", "j", 1), []);
    assert.deepEqual(fixture.started("a", "j", 1), []);
    assert.equal(settledIn(fixture.done("a", "j")).length, 1);
  });

  it("is ignored when another node has the job now", () => {
    const fixture = assigned();
    fixture.nodeDown("a");
    fixture.nodeUp("b");
    fixture.nodeUp("a");
    assert.deepEqual(fixture.done("a", "j", "finished", { lease: 1 }), []);
    assert.deepEqual(fixture.done("a", "j", "finished", { lease: 2 }), []);
    assert.equal(settledIn(fixture.done("b", "j")).length, 1);
  });

  it("is ignored when its node was given up, or the job has ended", () => {
    const fixture = assigned();
    fixture.nodeDown("a");
    assert.deepEqual(fixture.done("a", "j", "finished", { lease: 1 }), []);
    fixture.cancel("j");
    fixture.nodeUp("a");
    assert.deepEqual(fixture.done("a", "j", "finished", { lease: 1 }), []);
  });
});

describe("a failure", () => {
  for (const reason of ["threw", "crashed"] as const) {
    it(`that ${reason} ends a job without retries, with its reason and detail`, () => {
      const ending = { status: "terminated", reason, detail: "j" };
      assert.deepEqual(settledIn(assigned().done("a", "j", reason)), [{ job: "j", ending }]);
    });
  }

  it("is repeated after a backoff that doubles, as often as retries allow", () => {
    const fixture = assigned({ retries: 2 });
    assert.deepEqual(fixture.done("a", "j", "threw"), [
      { type: "retry", job: "j", failures: 1, delayMs: 50 },
    ]);
    assert.equal(nextWakeMs(fixture.state, fixture.nowMs), 50);
    assert.deepEqual(fixture.advance(49), []);
    assert.deepEqual(jobsTo("a", fixture.advance(1)), ["j"]);
    assert.deepEqual(fixture.done("a", "j", "crashed"), [
      { type: "retry", job: "j", failures: 2, delayMs: 100 },
    ]);
    assert.deepEqual(jobsTo("a", fixture.advance(100)), ["j"]);
    const effects = fixture.done("a", "j", "threw");
    assert.deepEqual(settledIn(effects)[0]?.ending, {
      status: "terminated",
      reason: "threw",
      detail: "j",
    });
    assert.equal(effects[0]?.type === "settle" ? effects[0].attempt : 0, 3);
  });
});

describe("a time limit", () => {
  it("stops an attempt when it is reached, counted from its start", () => {
    const fixture = assigned({ timeoutMs: 100 });
    fixture.nowMs = 30;
    fixture.started("a", "j");
    assert.equal(nextWakeMs(fixture.state, fixture.nowMs), 130);
    assert.deepEqual(fixture.advance(99), []);
    assert.deepEqual(fixture.advance(1), [{ type: "stop", node: "a", job: "j", lease: 1 }]);
    assert.deepEqual(settledIn(fixture.done("a", "j", "stopped")), [
      { job: "j", ending: { status: "terminated", reason: "timeout", detail: undefined } },
    ]);
  });

  it("stops an attempt at once whose start is told too late", () => {
    const fixture = assigned({ timeoutMs: 100 });
    const { id: node } = fixture.node("a");
    const { id: job } = fixture.job("j");
    fixture.nowMs = 150;
    const effects = fixture.step({ type: "started", node, job, lease: 1, startedAtMs: 40 });
    assert.deepEqual(typesOf(effects), ["running", "stop"]);
  });

  it("counts as a failure that is repeated, each attempt with its own limit", () => {
    const fixture = running({ timeoutMs: 100, retries: 1 });
    fixture.advance(100);
    assert.deepEqual(typesOf(fixture.done("a", "j", "stopped")), ["retry"]);
    fixture.advance(50);
    fixture.started("a", "j");
    assert.deepEqual(fixture.advance(99), []);
    assert.deepEqual(fixture.advance(1), [{ type: "stop", node: "a", job: "j", lease: 2 }]);
  });

  it("stops nothing when the attempt ended before", () => {
    const fixture = running({ timeoutMs: 100 });
    fixture.done("a", "j");
    assert.deepEqual(fixture.advance(100), []);
  });

  it("does not hold for a later lease of the same job", () => {
    const fixture = running({ timeoutMs: 100 });
    fixture.nodeDown("a");
    fixture.nowMs = 90;
    fixture.nodeUp("a");
    fixture.started("a", "j");
    assert.deepEqual(fixture.advance(50), []);
    assert.deepEqual(typesOf(fixture.advance(50)), ["stop"]);
  });

  it("loses against a result that was complete before the stop arrived", () => {
    const fixture = running({ timeoutMs: 100 });
    fixture.advance(100);
    assert.equal(settledIn(fixture.done("a", "j"))[0]?.ending.status, "finished");
  });
});

describe("a start", () => {
  it("that is told twice is one start", () => {
    const fixture = running();
    assert.deepEqual(fixture.started("a", "j"), []);
  });

  it("is told with node, attempt and time", () => {
    const fixture = assigned();
    fixture.nowMs = 5;
    assert.deepEqual(fixture.started("a", "j"), [
      { type: "running", job: "j", node: "a", attempt: 1, startedAtMs: 5 },
    ]);
  });

  it("ends a retraction", () => {
    const fixture = retracting();
    fixture.started("a", "j");
    assert.equal(fixture.node("a").retracting, 0);
    assert.equal(fixture.job("j").phase.kind, "running");
  });
});

describe("a lease given back", () => {
  it("does not count as an attempt", () => {
    const fixture = assigned();
    const [again] = assignmentsOf(fixture.returned("a", "j"));
    assert.equal(again?.lease, 2);
    assert.equal(fixture.job("j").attempt, 1);
    assert.equal(fixture.job("j").failures, 0);
  });

  it("goes to the head of the queue", () => {
    const fixture = new SchedulerFixture({ targetMs: 8, maxPerSlot: 1, stallMs: 10 });
    fixture.nodeUp("a");
    fixture.submit(["first", "second"]);
    assert.deepEqual(jobsTo("a", fixture.returned("a", "first")), ["first"]);
  });

  it("goes to the idle node it was asked back for", () => {
    assert.deepEqual(jobsTo("b", retracting().returned("a", "j")), ["j"]);
  });
});

describe("cancel", () => {
  it("of an unknown or ended job does nothing", () => {
    const fixture = assigned();
    fixture.done("a", "j");
    assert.deepEqual(fixture.cancel("j"), []);
  });

  it("settles a queued job at once, and it is never placed", () => {
    const fixture = new SchedulerFixture();
    fixture.submit(["j"]);
    assert.deepEqual(settledIn(fixture.cancel("j")), cancelledEnding);
    assert.deepEqual(fixture.nodeUp("a"), []);
  });

  it("settles a job that waits for its retry, and it is never repeated", () => {
    const fixture = assigned({ retries: 1 });
    fixture.done("a", "j", "threw");
    assert.deepEqual(settledIn(fixture.cancel("j")), cancelledEnding);
    assert.deepEqual(fixture.advance(1000), []);
  });

  it("stops an assigned job, and settles when the node gives it back", () => {
    const fixture = assigned();
    assert.deepEqual(fixture.cancel("j"), [{ type: "stop", node: "a", job: "j", lease: 1 }]);
    assert.deepEqual(settledIn(fixture.returned("a", "j")), cancelledEnding);
  });

  it("stops a job that is being retracted, and does not place it again", () => {
    const fixture = retracting();
    assert.deepEqual(typesOf(fixture.cancel("j")), ["stop"]);
    assert.equal(fixture.node("a").retracting, 0);
    assert.deepEqual(fixture.started("a", "j"), []);
    assert.deepEqual(typesOf(fixture.returned("a", "j")), ["settle"]);
  });

  it("stops a running job, and settles when the node has stopped it", () => {
    const fixture = running({ retries: 5 });
    assert.deepEqual(typesOf(fixture.cancel("j")), ["stop"]);
    assert.deepEqual(settledIn(fixture.done("a", "j", "stopped")), cancelledEnding);
  });

  it("asked for twice stops once", () => {
    const fixture = running();
    fixture.cancel("j");
    assert.deepEqual(fixture.cancel("j"), []);
  });

  it("outranks a time limit: the job is not repeated", () => {
    const fixture = running({ timeoutMs: 100, retries: 5 });
    fixture.advance(100);
    assert.deepEqual(fixture.cancel("j"), []);
    assert.deepEqual(settledIn(fixture.done("a", "j", "stopped")), cancelledEnding);
  });

  it("loses against a result, and wins against a failure", () => {
    const finished = running();
    finished.cancel("j");
    assert.equal(settledIn(finished.done("a", "j"))[0]?.ending.status, "finished");
    const failed = running({ retries: 5 });
    failed.cancel("j");
    assert.deepEqual(settledIn(failed.done("a", "j", "threw")), cancelledEnding);
  });

  it("settles a job whose node is lost while it is being stopped", () => {
    const fixture = running();
    fixture.cancel("j");
    assert.deepEqual(settledIn(fixture.nodeDown("a")), cancelledEnding);
  });
});

describe("withdraw", () => {
  it("of an unknown or ended job does nothing", () => {
    const fixture = assigned();
    fixture.done("a", "j");
    assert.deepEqual(fixture.withdraw("j"), []);
  });

  it("settles what waits in the queue or for its retry at once", () => {
    const queued = new SchedulerFixture();
    queued.submit(["j"]);
    assert.deepEqual(settledIn(queued.withdraw("j")), cancelledEnding);
    const delayed = assigned({ retries: 1 });
    delayed.done("a", "j", "threw");
    assert.deepEqual(settledIn(delayed.withdraw("j")), cancelledEnding);
    assert.deepEqual(delayed.advance(1000), []);
  });

  it("asks an assigned job back, and settles when it comes", () => {
    const fixture = assigned();
    assert.deepEqual(typesOf(fixture.withdraw("j")), ["retract"]);
    assert.deepEqual(fixture.withdraw("j"), []);
    assert.deepEqual(fixture.returned("a", "j"), [
      {
        type: "settle",
        job: "j",
        ending: { status: "cancelled" },
        node: "a",
        attempt: 0,
        runMs: 0,
      },
    ]);
  });

  it("settles a job that was being moved when it comes back", () => {
    const fixture = retracting();
    assert.deepEqual(fixture.withdraw("j"), []);
    assert.deepEqual(settledIn(fixture.returned("a", "j")), cancelledEnding);
  });

  it("leaves an attempt that has begun to its end, whatever that is", () => {
    const finished = assigned();
    finished.withdraw("j");
    finished.started("a", "j");
    assert.equal(settledIn(finished.done("a", "j"))[0]?.ending.status, "finished");
    const limited = running({ timeoutMs: 100 });
    limited.withdraw("j");
    assert.deepEqual(typesOf(limited.advance(100)), ["stop"]);
    const ending = { status: "terminated", reason: "timeout", detail: undefined };
    assert.deepEqual(settledIn(limited.done("a", "j", "stopped")), [{ job: "j", ending }]);
  });

  it("lets no other attempt begin: a failure ends the job in spite of its retries", () => {
    const ending = { status: "terminated", reason: "threw", detail: "j" };
    const early = running({ retries: 5 });
    early.withdraw("j");
    assert.deepEqual(settledIn(early.done("a", "j", "threw")), [{ job: "j", ending }]);
    const racing = assigned({ retries: 5 });
    racing.withdraw("j");
    assert.deepEqual(settledIn(racing.done("a", "j", "threw")), [{ job: "j", ending }]);
  });

  it("lets a lost node end the job", () => {
    for (const fixture of [assigned(), running()]) {
      fixture.withdraw("j");
      assert.deepEqual(settledIn(fixture.nodeDown("a")), cancelledEnding);
    }
  });

  it("gives way to a cancel, which stops the attempt", () => {
    const fixture = assigned();
    fixture.withdraw("j");
    assert.deepEqual(typesOf(fixture.cancel("j")), ["stop"]);
    assert.deepEqual(settledIn(fixture.done("a", "j", "stopped")), cancelledEnding);
  });
});

describe("the loss of a node", () => {
  it("gives its jobs to others in their old order, before those that wait", () => {
    const fixture = new SchedulerFixture({ targetMs: 8, maxPerSlot: 2, stallMs: 10 });
    fixture.nodeUp("a", 2);
    fixture.submit(["j1", "j2", "j3", "j4", "j5"]);
    fixture.nodeDown("a");
    assert.deepEqual(jobsTo("b", fixture.nodeUp("b", 4)), ["j1", "j2", "j3", "j4", "j5"]);
    assert.equal(fixture.job("j1").attempt, 2);
    assert.equal(fixture.job("j5").attempt, 1);
  });

  it("abandons jobs that may not run again, begun or not", () => {
    for (const fixture of [assigned({ reentrant: false }), running({ reentrant: false })]) {
      const abandoned = [{ job: "j", ending: { status: "abandoned" } }];
      assert.deepEqual(settledIn(fixture.nodeDown("a")), abandoned);
      assert.deepEqual(fixture.nodeUp("b"), []);
    }
  });

  it("does not touch a job without reentrance that was given back before", () => {
    const fixture = assigned({ reentrant: false });
    const { id: node } = fixture.node("a");
    const { id: job } = fixture.job("j");
    const returned = { type: "returned", node, job, lease: 1 } as const;
    assert.deepEqual(fixture.step(returned, { type: "nodeDown", node }), []);
    assert.deepEqual(jobsTo("b", fixture.nodeUp("b")), ["j"]);
  });

  it("abandons a reentrant job after more losses than allowed", () => {
    const fixture = new SchedulerFixture();
    fixture.submit(["j"], policyOf({ maxLosses: 2 }));
    for (let loss = 1; loss <= 2; loss += 1) {
      fixture.nodeUp("a");
      assert.deepEqual(fixture.nodeDown("a"), []);
    }
    fixture.nodeUp("a");
    assert.equal(settledIn(fixture.nodeDown("a"))[0]?.ending.status, "abandoned");
  });

  it("does not count as a failure of its jobs", () => {
    const fixture = running({ retries: 0 });
    fixture.nodeDown("a");
    fixture.nodeUp("b");
    assert.deepEqual([fixture.job("j").failures, fixture.job("j").losses], [0, 1]);
    assert.equal(settledIn(fixture.done("b", "j"))[0]?.ending.status, "finished");
  });

  it("repeats a job that was being stopped for its time limit", () => {
    const fixture = running({ timeoutMs: 100 });
    fixture.advance(100);
    assert.deepEqual(settledIn(fixture.nodeDown("a")), []);
    assert.deepEqual(jobsTo("b", fixture.nodeUp("b")), ["j"]);
  });
});

describe("step()", () => {
  it("places once for many events, so that their jobs travel together", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a", 2);
    const effects = fixture.submit(["j1", "j2"]);
    assert.deepEqual(typesOf(effects), ["assign"]);
  });

  it("does nothing without events before anything is due", () => {
    assert.deepEqual(running({ timeoutMs: 100 }).step(), []);
  });
});

describe("nextWakeMs()", () => {
  it("is undefined when only events matter", () => {
    assert.equal(nextWakeMs(running().state, 0), undefined);
  });

  it("is the first of backoffs, time limits and stalls", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a", 2);
    fixture.submit(["slow"], policyOf({ timeoutMs: 70 }));
    fixture.submit(["failing"], policyOf({ retries: 1 }));
    fixture.started("a", "slow");
    assert.equal(nextWakeMs(fixture.state, 0), 70);
    fixture.done("a", "failing", "threw");
    assert.equal(nextWakeMs(fixture.state, 0), 50);
    fixture.submit(["next", "waiting"]);
    fixture.nodeUp("b");
    assert.equal(nextWakeMs(fixture.state, 0), 50);
  });

  it("names no time that has passed", () => {
    const fixture = retracting();
    assert.equal(nextWakeMs(fixture.state, fixture.nowMs), undefined);
  });
});
