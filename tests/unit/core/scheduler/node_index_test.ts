import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { creditOf } from "../../../../lib/core/scheduler/credit.ts";
import { nodeId, SchedulerFixture } from "./fixture.ts";

describe("NodeIndex", () => {
  it("knows the idle slots and the room of all nodes after any events", () => {
    const change = fc.oneof(
      fc.record({
        kind: fc.constant("up" as const),
        node: fc.nat(4),
        slots: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({ kind: fc.constant("down" as const), node: fc.nat(4) }),
      fc.record({ kind: fc.constant("submit" as const), count: fc.integer({ min: 1, max: 6 }) }),
      fc.record({
        kind: fc.constant("done" as const),
        node: fc.nat(4),
        runMs: fc.double({ min: 0, max: 20, noNaN: true }),
      }),
      fc.record({ kind: fc.constant("time" as const), ms: fc.nat(12) }),
    );
    const holds = fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const fixture = new SchedulerFixture();
      let jobs = 0;
      for (const one of changes) {
        if (one.kind === "up") fixture.nodeUp(`n${one.node}`, one.slots);
        else if (one.kind === "down") fixture.nodeDown(`n${one.node}`);
        else if (one.kind === "time") fixture.advance(one.ms);
        else if (one.kind === "submit") {
          fixture.submit(Array.from({ length: one.count }, () => `j${jobs++}`));
        } else {
          const node = fixture.state.nodes.get(nodeId(`n${one.node}`));
          const [job] = node?.leases.keys() ?? [];
          if (job !== undefined) {
            fixture.done(`n${one.node}`, job, "finished", { runMs: one.runMs });
          }
        }
        const { index, nodes, prefetch } = fixture.state;
        let [idle, room] = [0, 0];
        for (const node of nodes.values()) {
          idle += Math.max(0, node.slots - node.leases.size);
          room += Math.max(0, creditOf(prefetch, node, fixture.nowMs) - node.leases.size);
        }
        assert.deepEqual([index.total("idle"), index.total("room")], [idle, room]);
        const most = Math.max(
          0,
          ...[...nodes.values()].map((node) => node.slots - node.leases.size),
        );
        assert.equal(index.first("idle")?.marks.idle ?? 0, most);
      }
    });
    fc.assert(holds, { seed: 9, numRuns: 200 });
  });
});
