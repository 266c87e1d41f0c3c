import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/executor/machine.ts";
import { assigned, end, ExecutorFixture, finished, lease, saidIn } from "./fixture.ts";

const j = lease("j");

/** A connected node that holds lease "j". */
function holding(expires = false): ExecutorFixture {
  const fixture = new ExecutorFixture();
  fixture.connect(1);
  fixture.assign(j, expires);
  return fixture;
}

describe("assign", () => {
  it("hands a lease to the slots once, also when its end is not acknowledged", () => {
    const fixture = new ExecutorFixture();
    fixture.connect(1);
    assert.deepEqual(fixture.assign(j), [{ type: "run", leases: [assigned(j)] }]);
    assert.deepEqual(fixture.assign(j), []);
    fixture.ended(j);
    assert.deepEqual(fixture.assign(j), []);
  });

  it("may bring another lease of a job that it still holds one of", () => {
    const fixture = holding();
    fixture.hear({ type: "drop", leases: [j] });
    const again = lease("j", 2);
    assert.deepEqual(fixture.assign(again), [{ type: "run", leases: [assigned(again)] }]);
    assert.deepEqual(saidIn(fixture.ended(j, { kind: "stopped" })), []);
    assert.deepEqual(saidIn(fixture.ended(again)), [{ type: "done", ends: [end(again)] }]);
  });
});

describe("retract", () => {
  it("asks the slots for what waits, and says that the rest has begun", () => {
    const fixture = holding();
    const retract = { type: "retract", leases: [j] } as const;
    assert.deepEqual(fixture.hear(retract), [{ type: "retract", lease: j }]);
    fixture.started(j);
    const said = saidIn(fixture.hear(retract));
    assert.deepEqual(said, [{ type: "started", leases: [{ ...j, runningMs: 0 }] }]);
    fixture.ended(j);
    assert.deepEqual(fixture.hear(retract), []);
  });
});

describe("stop", () => {
  it("asks the slots once, and tells what came of it", () => {
    const fixture = holding();
    const stop = { type: "stop", leases: [j] } as const;
    assert.deepEqual(fixture.hear(stop), [{ type: "stop", lease: j }]);
    assert.deepEqual(fixture.hear(stop), []);
    // The start may be told after the stop was asked for.
    fixture.started(j);
    assert.deepEqual(saidIn(fixture.ended(j)), [{ type: "done", ends: [end(j)] }]);
  });

  it("of what never began is answered by giving it back", () => {
    const fixture = holding();
    fixture.hear({ type: "stop", leases: [j] });
    const said = saidIn(fixture.step({ type: "returned", lease: j }));
    assert.deepEqual(said, [{ type: "returned", leases: [j] }]);
  });
});

describe("drop", () => {
  it("stops what runs and says nothing of it", () => {
    const fixture = holding();
    fixture.started(j);
    assert.deepEqual(fixture.hear({ type: "drop", leases: [j] }), [{ type: "stop", lease: j }]);
    assert.deepEqual(fixture.ended(j, finished), []);
    assert.equal(fixture.state.held.size + fixture.state.outbox.size, 0);
  });

  it("throws an end away, also from disk", () => {
    const fixture = holding(true);
    fixture.ended(j);
    const effects = fixture.hear({ type: "drop", leases: [j] });
    assert.deepEqual(effects, [{ type: "unsave", leases: [j] }]);
  });
});

describe("a node that is cut off", () => {
  it("stops what may not run twice at two thirds of the time after which it is lost", () => {
    const fixture = holding(true);
    fixture.assign(lease("k"));
    fixture.started(j);
    fixture.disconnect();
    assert.equal(nextWakeMs(fixture.state), 600);
    assert.deepEqual(fixture.advance(599), []);
    assert.deepEqual(fixture.advance(1), [{ type: "stop", lease: j }]);
    fixture.ended(j, { kind: "stopped" });
    const [, done] = saidIn(fixture.connect(2));
    assert.deepEqual(done, { type: "done", ends: [end(j, { kind: "expired" })] });
  });

  it("does so on a connection on which nothing is heard, until something is", () => {
    const fixture = holding(true);
    const silent = (sinceMs: number | undefined) => ({ type: "silent", link: 1, sinceMs }) as const;
    fixture.advance(300);
    fixture.step(silent(0));
    assert.equal(nextWakeMs(fixture.state), 600);
    fixture.step(silent(undefined));
    assert.equal(nextWakeMs(fixture.state), undefined);
    fixture.step(silent(100));
    fixture.disconnect();
    assert.deepEqual(fixture.advance(399), []);
    assert.deepEqual(fixture.advance(1), [{ type: "stop", lease: j }]);
  });

  it("delivers a result that was complete before the stop", () => {
    const fixture = holding(true);
    fixture.disconnect();
    fixture.advance(600);
    fixture.ended(j);
    const [, done] = saidIn(fixture.connect(2));
    assert.deepEqual(done, { type: "done", ends: [end(j)] });
  });

  it("goes on when it is back in time", () => {
    const fixture = holding(true);
    fixture.disconnect();
    fixture.advance(500);
    fixture.connect(2);
    assert.deepEqual(fixture.advance(500), []);
    assert.equal(nextWakeMs(fixture.state), undefined);
  });

  it("is cut off also while a connection is not greeted, or its announcement is not answered", () => {
    for (const connect of ["linkUp", "greet"] as const) {
      const fixture = holding(true);
      fixture.disconnect();
      fixture.advance(100);
      if (connect === "greet") fixture.greet(2);
      else fixture.step({ type: "linkUp", link: 2 });
      fixture.disconnect();
      assert.deepEqual(fixture.advance(499), []);
      assert.deepEqual(fixture.advance(1), [{ type: "stop", lease: j }]);
    }
  });
});
