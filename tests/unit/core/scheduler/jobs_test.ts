import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/scheduler/machine.ts";
import {
  assigned,
  assignmentsOf,
  cancelledEnding,
  jobsTo,
  policyOf,
  retracting,
  running,
  SchedulerFixture,
  settledIn,
  typesOf,
} from "./fixture.ts";

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

describe("a time limit", () => {
  it("stops an attempt when it is reached, counted from its start", () => {
    const fixture = assigned({ timeoutMs: 100 });
    fixture.nowMs = 30;
    fixture.started("a", "j");
    assert.equal(nextWakeMs(fixture.state), 130);
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
