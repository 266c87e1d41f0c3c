import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/scheduler/machine.ts";
import { assigned, jobsTo, policyOf, running, SchedulerFixture, settledIn } from "./fixture.ts";

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
    assert.equal(nextWakeMs(fixture.state), 50);
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
