import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assigned,
  assignmentsOf,
  jobsTo,
  retracting,
  running,
  SchedulerFixture,
  settledIn,
} from "./fixture.ts";

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
