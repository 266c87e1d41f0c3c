import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulateCluster } from "./cluster_simulation.ts";
import {
  addTally,
  describeClusterFailure,
  emptyTally,
  ledgerLine,
  simulateClusters,
} from "./cluster_tally.ts";

/** Runs of one test: little enough for the time a test may take on a busy machine. */
const seedsAtATime = 40;
const rounds = 5;

/** All that must happen in the runs, or they prove less than they seem to. */
const expectedHappenings = [
  "attempt crashed",
  "attempt finished",
  "attempt killed",
  "attempt stopped",
  "attempt threw",
  "crash of client",
  "crash of node",
  "crash of scheduler",
  "delivered abandoned",
  "delivered cancelled",
  "delivered finished",
  "delivered terminated",
  "drain",
  "drained",
  "node ack",
  "node assign",
  "node drop",
  "node retract",
  "node stop",
  "node welcome",
  "partition of client",
  "partition of node",
  "pause of client",
  "pause of node",
  "pause of scheduler",
  "record accepted",
  "record closed",
  "record epoch",
  "record forgotten",
  "record lease",
  "record opened",
  "record settled",
  "record waiting",
  "session closed",
  "session detached",
  "slots",
];

describe("the simulation of clients, scheduler and nodes", () => {
  const all = emptyTally();

  for (let round = 0; round < rounds; round += 1) {
    const first = 1 + round * seedsAtATime;
    it(`loses, repeats and falsifies nothing in the runs from seed ${first}`, () => {
      const tally = simulateClusters(first, seedsAtATime);
      addTally(all, tally);
      assert.equal(tally.failures.join("\n"), "");
      assert.equal(tally.acked, tally.delivered);
    });
  }

  it("reaches all that can happen", () => {
    assert.deepEqual(expectedHappenings.filter((what) => !all.counts.has(what)), []);
    assert.ok(all.staleRejected > 0);
    const line = /^submitted=\d+ acked=(\d+) delivered=\1 duplicates=0 lost=0 wrong=0 executions=/;
    assert.match(ledgerLine(all), line);
  });

  it("does the same for the same seed, to the last bit", () => {
    for (const seed of [1, 2, 3, 40, 41]) {
      const [first, second] = [simulateCluster(seed), simulateCluster(seed)];
      assert.equal(first.traceHash, second.traceHash);
      assert.deepEqual(first, second);
    }
    assert.notEqual(simulateCluster(1).traceHash, simulateCluster(2).traceHash);
  });

  it("tells of a failure how to see it again", () => {
    const report = { ...simulateCluster(7), endMs: 12.5 };
    const text = describeClusterFailure(report);
    assert.match(text, /^seed 7: .* \(at 12\.500 ms\)\n.* --seed 7 --trace$/);
  });
});
