import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  backlogOf,
  creditOf,
  isUsable,
  isWorthMoving,
  roomOf,
  stalledAtMs,
} from "../../../../lib/core/scheduler/credit.ts";
import { SchedulerFixture } from "./fixture.ts";

/** Node "a" with one slot whose job took `runMs`; credit as it is then. */
function creditAfter(runMs: number): number {
  const fixture = new SchedulerFixture();
  fixture.nodeUp("a");
  fixture.submit(["j1"]);
  fixture.done("a", "j1", "finished", { runMs });
  return creditOf(fixture.state.prefetch, fixture.node("a"), fixture.nowMs);
}

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

describe("creditOf()", () => {
  it("is one job ahead of each slot until a duration is known", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a", 3);
    assert.equal(creditOf(fixture.state.prefetch, fixture.node("a"), 0), 6);
  });

  it("is deep for jobs of microseconds, shallow for milliseconds, and none ahead for seconds", () => {
    assert.deepEqual([0, 0.005, 0.1, 1, 4, 9, 1000].map(creditAfter), [512, 512, 81, 9, 3, 1, 1]);
  });

  it("sends nothing ahead to a node on which nothing ended for long", () => {
    const fixture = stalledFixture();
    assert.equal(creditOf(fixture.state.prefetch, fixture.node("a"), 9.9), 512);
    assert.equal(creditOf(fixture.state.prefetch, fixture.node("a"), 10), 1);
  });

  it("is never less than the slots, nor more than the bound for each slot", () => {
    const within = fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 600 }),
      fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
      (slots, maxPerSlot, meanRunMs) => {
        const fixture = new SchedulerFixture({ targetMs: 8, maxPerSlot, stallMs: 10 });
        fixture.nodeUp("a", slots);
        fixture.node("a").meanRunMs = meanRunMs;
        const credit = creditOf(fixture.state.prefetch, fixture.node("a"), 0);
        assert.ok(Number.isInteger(credit) && credit >= slots && credit <= slots * maxPerSlot);
      },
    );
    fc.assert(within, { seed: 6, numRuns: 300 });
  });
});

describe("roomOf()", () => {
  it("is none until a quarter of many jobs ahead is free, and the rest of few at once", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a", 2);
    const node = fixture.node("a");
    const roomWith = (held: number, meanRunMs: number): number => {
      node.meanRunMs = meanRunMs;
      const leases = new Map(Array.from({ length: held }, (_, index) => [`${index}`, {}]));
      const holding = { ...node, leases: leases as unknown as typeof node.leases };
      return roomOf(fixture.state.prefetch, holding, 0);
    };
    // 1022 ahead of two slots.
    assert.deepEqual([0, 768, 769, 1024, 1100].map((held) => roomWith(held, 0.001)), [
      1024,
      256,
      0,
      0,
      0,
    ]);
    // Eight ahead.
    assert.deepEqual([0, 9, 10].map((held) => roomWith(held, 2)), [10, 1, 0]);
  });
});

describe("a backlog", () => {
  it("is what a node holds beyond its slots, and worth moving when it is long or does not move", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a");
    fixture.submit(["j", "k"]);
    const node = fixture.node("a");
    const { prefetch } = fixture.state;
    assert.equal(isUsable(node), true);
    assert.equal(backlogOf(node), 1);
    assert.equal(stalledAtMs(prefetch, node), 10);
    assert.deepEqual([0, 9.9, 10].map((ms) => isWorthMoving(prefetch, node, ms)), [
      false,
      false,
      true,
    ]);
    node.meanRunMs = 1;
    assert.equal(isWorthMoving(prefetch, node, 0), true);
    node.meanRunMs = 0.9;
    assert.equal(isWorthMoving(prefetch, node, 0), false);
  });

  it("is not worth moving while its jobs run in less time than it takes to move them", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a");
    fixture.node("a").meanRunMs = 0.02;
    fixture.submit(Array.from({ length: 400 }, (_, index) => `j${index}`));
    const node = fixture.node("a");
    assert.equal(backlogOf(node), 399);
    assert.equal(isWorthMoving(fixture.state.prefetch, node, 0), false);
    assert.equal(isWorthMoving(fixture.state.prefetch, node, 10), true);
  });
});
