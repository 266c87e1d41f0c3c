import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulate } from "./simulation.ts";
import { describeFailure, simulateMany } from "./tally.ts";

/** All that must happen in the runs, or they prove less than they seem to. */
const expectedHappenings = [
  "assign",
  "cancel",
  "done crashed",
  "done finished",
  "done stopped",
  "done threw",
  "loss",
  "retract",
  "retry",
  "returned",
  "running",
  "settle abandoned",
  "settle cancelled",
  "settle finished",
  "settle terminated crashed",
  "settle terminated threw",
  "settle terminated timeout",
  "stale done",
  "stale returned",
  "stale started",
  "started",
  "stop",
  "submitAgain",
  "withdraw",
];

describe("the simulation", () => {
  it("keeps every promise in 200 runs with faults of all kinds", () => {
    const tally = simulateMany(1, 200);
    assert.equal(tally.failures.map(describeFailure).join("\n"), "");
    const missing = expectedHappenings.filter((what) => !tally.counts.has(what));
    assert.deepEqual(missing, []);
  });

  it("does the same for the same seed, to the last bit", () => {
    for (const seed of [1, 2, 3, 40, 41]) {
      const [first, second] = [simulate(seed), simulate(seed)];
      assert.equal(first.traceHash, second.traceHash);
      assert.deepEqual(first, second);
    }
    assert.notEqual(simulate(1).traceHash, simulate(2).traceHash);
  });

  it("tells of a failure how to see it again", () => {
    const report = { ...simulate(7), endMs: 12.5 };
    assert.match(describeFailure(report), /^seed 7: .* \(at 12\.500 ms\)\n.* --seed 7 --trace$/);
  });
});
