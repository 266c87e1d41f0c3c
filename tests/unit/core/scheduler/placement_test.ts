import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stallWakeMs } from "../../../../lib/core/scheduler/placement.ts";
import { assignmentsOf, jobsTo, policyOf, retractedIn, SchedulerFixture } from "./fixture.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `j${i + 1}`);

/** Node "a" stalled: j1 runs long, j2 and j3 wait behind it; node "b" came later and is idle. */
function stalledFixture(): SchedulerFixture {
  const fixture = new SchedulerFixture();
  fixture.nodeUp("a");
  fixture.submit(["j0"]);
  fixture.done("a", "j0", "finished", { runMs: 0.01 });
  fixture.submit(["j1", "j2", "j3"]);
  fixture.nodeUp("b");
  return fixture;
}

describe("place()", () => {
  it("fills idle slots of all nodes before it sends work ahead to any", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a", 2);
    fixture.nodeUp("b", 2);
    const effects = fixture.submit(names(4));
    assert.deepEqual([jobsTo("a", effects), jobsTo("b", effects)], [["j1", "j2"], ["j3", "j4"]]);
  });

  it("spreads a short queue by the room of each node", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a", 4);
    fixture.nodeUp("b", 8);
    const effects = fixture.submit(names(6));
    assert.deepEqual([jobsTo("a", effects).length, jobsTo("b", effects).length], [2, 4]);
  });

  it("hands jobs out in the order of their submits, each once, for any nodes and any number of jobs", () => {
    const inOrder = fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 60 }),
      (slots, count) => {
        const fixture = new SchedulerFixture();
        for (const [index, own] of slots.entries()) fixture.nodeUp(`n${index}`, own);
        const handed = assignmentsOf(fixture.submit(names(count))).map(({ job }) => job);
        const room = 2 * slots.reduce((sum, own) => sum + own, 0);
        assert.deepEqual(handed, names(Math.min(count, room)));
        for (const node of fixture.state.nodes.values()) {
          // A node gets at most one more than its part of the round.
          const part = Math.min(1, count / (room / 2));
          assert.ok(node.leases.size >= Math.floor(node.slots * part) - slots.length);
          assert.ok(node.leases.size <= 2 * node.slots);
        }
      },
    );
    fc.assert(inOrder, { seed: 7, numRuns: 300 });
  });

  it("leaves work in the queue when every node has what it may hold", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a");
    fixture.submit(names(5));
    assert.equal(fixture.state.queued, 3);
  });
});

describe("retraction", () => {
  it("asks for the younger half of a backlog that is worth moving, when a slot is idle", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a");
    fixture.submit(["j0"]);
    fixture.done("a", "j0", "finished", { runMs: 1 });
    fixture.submit(names(5));
    assert.deepEqual(retractedIn(fixture.nodeUp("b")), ["j5", "j4"]);
  });

  it("leaves a backlog of microseconds where it is until it stalls", () => {
    const fixture = stalledFixture();
    assert.deepEqual(retractedIn(fixture.advance(9)), []);
    assert.equal(stallWakeMs(fixture.state), 10);
    assert.deepEqual(retractedIn(fixture.advance(1)), ["j3"]);
  });

  it("gives what comes back to the idle slot, and keeps the order of the rest", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a");
    fixture.submit(["j0"]);
    fixture.done("a", "j0", "finished", { runMs: 1 });
    fixture.submit(names(7));
    assert.deepEqual(retractedIn(fixture.nodeUp("b")), ["j7", "j6", "j5"]);
    const effects = fixture.step(
      ...["j7", "j6", "j5"].map((name) => ({
        type: "returned" as const,
        node: fixture.node("a").id,
        job: fixture.job(name).id,
        lease: 1,
      })),
    );
    assert.deepEqual(jobsTo("b", effects)[0], "j5");
    assert.deepEqual(assignmentsOf(effects).map(({ job }) => job), ["j5", "j6", "j7"]);
  });

  it("does not ask twice for the same idle slot", () => {
    const fixture = stalledFixture();
    fixture.advance(10);
    assert.deepEqual(retractedIn(fixture.advance(10)), []);
  });

  it("asks for the next one when the one it asked for had begun", () => {
    const fixture = stalledFixture();
    fixture.advance(10);
    const effects = fixture.started("a", "j3");
    assert.equal(fixture.job("j3").phase.kind, "running");
    assert.deepEqual(retractedIn(effects), ["j2"]);
  });

  it("asks another node when the longest backlog has nothing left to give", () => {
    const fixture = new SchedulerFixture();
    for (const name of ["a", "c"]) {
      fixture.nodeUp(name);
      fixture.submit([`${name}0`]);
      fixture.done(name, `${name}0`, "finished", { runMs: 2 });
      fixture.submit([1, 2, 3, 4].map((number) => `${name}${number}`));
      // Full, so that what is submitted next goes to the other node.
      assert.equal(fixture.node(name).leases.size, 4);
    }
    for (const name of ["a2", "a3", "a4"]) fixture.cancel(name);
    assert.deepEqual(retractedIn(fixture.nodeUp("b")), ["c4", "c3"]);
  });

  it("does nothing while no slot is idle or the queue has work for it", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a");
    fixture.submit(names(20), policyOf());
    assert.deepEqual(retractedIn(fixture.advance(100)), []);
    assert.deepEqual(retractedIn(fixture.nodeUp("b", 4)), []);
  });
});

describe("stallWakeMs()", () => {
  it("is undefined without an idle slot, and without a backlog", () => {
    const fixture = new SchedulerFixture();
    assert.equal(stallWakeMs(fixture.state), undefined);
    fixture.nodeUp("a");
    fixture.submit(names(2));
    assert.equal(stallWakeMs(fixture.state), undefined);
    const idle = new SchedulerFixture();
    idle.nodeUp("a", 2);
    idle.submit(names(1));
    assert.equal(stallWakeMs(idle.state), undefined);
  });

  it("names a time at which the stalled backlog is really moved, whatever the clock says", () => {
    // Just below a power of two, where the sum of times is rounded.
    const power = fc.integer({ min: 4, max: 40 });
    const before = fc.double({ min: 0, max: 10, noNaN: true });
    const moves = fc.property(power, before, (exponent, beforeMs) => {
      const beginMs = 2 ** exponent - beforeMs;
      const fixture = new SchedulerFixture();
      fixture.nowMs = beginMs;
      fixture.nodeUp("a");
      fixture.submit(["j1", "j2"]);
      fixture.nodeUp("b");
      const wakeMs = stallWakeMs(fixture.state);
      assert.ok(wakeMs !== undefined && wakeMs > fixture.nowMs);
      fixture.nowMs = wakeMs;
      assert.deepEqual(retractedIn(fixture.step()), ["j2"]);
    });
    fc.assert(moves, { seed: 8, numRuns: 300 });
  });
});
