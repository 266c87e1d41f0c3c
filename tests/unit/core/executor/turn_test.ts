import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { end, ExecutorFixture, finished, lease, saidIn } from "./fixture.ts";

describe("a step of a node", () => {
  it("says what it has to say in one message of each kind", () => {
    const fixture = new ExecutorFixture();
    fixture.connect(1);
    const leases = ["a", "b", "c", "d"].map((name) => lease(name));
    for (const one of leases) fixture.assign(one);
    const [a, b, c, d] = leases;
    assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined);
    const said = saidIn(fixture.step(
      { type: "ended", lease: a, outcome: finished, runMs: 1 },
      { type: "returned", lease: d },
      { type: "started", lease: c, startedAtMs: 0 },
      { type: "ended", lease: b, outcome: finished, runMs: 1 },
    ));
    assert.deepEqual(said, [
      { type: "started", leases: [{ ...c, runningMs: 0 }] },
      { type: "returned", leases: [d] },
      { type: "done", ends: [end(a), end(b)] },
    ]);
  });

  it("says nothing before it is greeted", () => {
    const fixture = new ExecutorFixture();
    fixture.step({ type: "linkUp", link: 1 });
    assert.deepEqual(fixture.step({ type: "slots", slots: 1 }), []);
  });
});
