import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeId } from "../../../../lib/proto/ids.ts";
import { policyOf } from "./fixture.ts";
import {
  deliveredIn,
  leaseIn,
  leasesIn,
  recordsIn,
  refOf,
  SharedFixture,
  submitted,
  toNodes,
} from "./shared_fixture.ts";

const once = policyOf({ reentrant: false });

/** Node "a" with one slot was given job "j" of cluster "c". */
function given(policy = policyOf()) {
  const fixture = new SharedFixture();
  fixture.open(1, "c");
  fixture.nodeUp("a", 10);
  const effects = fixture.submit(1, "c", submitted("j", 0, policy));
  return { fixture, effects, lease: refOf(leaseIn(effects)) };
}

describe("a node of a shared scheduler", () => {
  it("is greeted, and gets nothing before it has announced itself", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.submit(1, "c", submitted("j", 0));
    const greeting = toNodes(fixture.nodeLinkUp("a", 10));
    assert.deepEqual(greeting, [{ type: "welcome", scheduler: "s", epoch: 1, lostMs: 1000 }]);
    assert.equal(leasesIn(fixture.announce("a", 10)).length, 1);
  });

  it("is not heard on a connection that is not its own any more", () => {
    const { fixture, lease } = given();
    const effects = fixture.nodeLinkUp("a", 11);
    assert.deepEqual(effects[0], { type: "cut", link: 10 });
    assert.deepEqual(fixture.done("a", 10, lease), []);
    assert.deepEqual(fixture.nodeLinkDown("a", 10), []);
    fixture.announce("a", 11, { held: [{ ...lease, runningMs: 0 }] });
    assert.equal(fixture.phaseOf("j"), "running");
  });

  it("keeps its leases while it is away, and loses them after `lostMs`", () => {
    const { fixture } = given();
    fixture.nodeUp("b", 20);
    fixture.nodeLinkDown("a", 10);
    assert.deepEqual(leasesIn(fixture.advance(999)), []);
    const again = leaseIn(fixture.advance(1));
    assert.deepEqual([again.lease, again.attempt], [2, 2]);
    assert.equal(fixture.state.nodes.has("a" as NodeId), false);
  });

  it("does not put off its loss by connecting without a word", () => {
    const { fixture } = given();
    fixture.nodeLinkDown("a", 10);
    fixture.advance(600);
    fixture.nodeLinkUp("a", 11);
    fixture.nodeLinkDown("a", 11);
    fixture.advance(400);
    assert.equal(fixture.phaseOf("j"), "queued");
  });

  it("is lost while it has a connection on which it stays silent, and not when it is heard in time", () => {
    const { fixture } = given();
    fixture.advance(400);
    const silent = (silentSinceMs: number | undefined) =>
      fixture.step({ type: "nodeSuspect", node: "a" as NodeId, link: 10, silentSinceMs });
    silent(100);
    fixture.advance(600);
    silent(undefined);
    assert.deepEqual(fixture.advance(200), []);
    silent(900);
    assert.equal(fixture.phaseOf("j"), "assigned");
    fixture.advance(699);
    assert.equal(fixture.phaseOf("j"), "assigned");
    assert.deepEqual(fixture.advance(1).at(-1), { type: "cut", link: 10 });
    assert.equal(fixture.phaseOf("j"), "queued");
  });

  it("gets no new work while it is suspect or drains, and may have other slots", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.nodeUp("a", 10);
    const suspect = (is: boolean) =>
      ({
        type: "nodeSuspect",
        node: "a" as NodeId,
        link: 10,
        silentSinceMs: is ? 0 : undefined,
      }) as const;
    fixture.step(suspect(true));
    assert.deepEqual(leasesIn(fixture.submit(1, "c", submitted("j0", 0))), []);
    assert.equal(leasesIn(fixture.step(suspect(false))).length, 1);
    fixture.nodeSays("a", 10, { type: "slots", slots: 3 });
    const jobs = [1, 2, 3].map((number) => submitted(`j${number}`, number));
    assert.equal(leasesIn(fixture.submit(1, "c", ...jobs)).length, 3);
    fixture.nodeSays("a", 10, { type: "draining" });
    assert.deepEqual(leasesIn(fixture.submit(1, "c", submitted("j4", 4))), []);
  });
});

describe("the lease of a job", () => {
  it("that may not run twice is on record before the node gets it", () => {
    const { effects } = given(once);
    assert.deepEqual(recordsIn(effects), ["accepted", "lease"]);
    const assign = effects.find((effect) => effect.type === "toNode");
    assert.equal(assign?.type === "toNode" && assign.afterCommit, true);
  });

  it("that may run twice is on record once it runs long", () => {
    const { fixture, effects, lease } = given();
    assert.deepEqual(recordsIn(effects), ["accepted"]);
    const leases = [{ ...lease, runningMs: 30 }];
    const started = fixture.nodeSays("a", 10, { type: "started", leases });
    assert.deepEqual(recordsIn(started), ["lease"]);
  });
});

describe("the end of an attempt", () => {
  it("is recorded first, then acknowledged and delivered", () => {
    const { fixture, lease } = given();
    const effects = fixture.done("a", 10, lease);
    assert.deepEqual(effects.map(({ type }) => type), ["persist", "deliver", "toNode"]);
    assert.deepEqual(deliveredIn(effects), ["j"]);
    assert.deepEqual(effects[2], {
      type: "toNode",
      node: "a",
      link: 10,
      message: { type: "ack", leases: [lease] },
      afterCommit: true,
    });
  });

  it("of a lease that is not the current one is refused and counted", () => {
    const { fixture, lease } = given();
    for (const wrong of [{ ...lease, epoch: 2 }, { ...lease, lease: 2 }]) {
      const effects = fixture.done("a", 10, wrong);
      assert.deepEqual(toNodes(effects), [{ type: "drop", leases: [wrong] }]);
    }
    assert.equal(fixture.state.counts.stale, 2);
    assert.equal(fixture.phaseOf("j"), "assigned");
  });

  it("of a lease of another node is refused", () => {
    const { fixture, lease } = given();
    fixture.nodeUp("b", 20);
    assert.deepEqual(toNodes(fixture.done("b", 20, lease)), [{ type: "drop", leases: [lease] }]);
  });

  it("that failed is on record before it is acknowledged", () => {
    const { fixture, lease } = given(policyOf({ retries: 1 }));
    const effects = fixture.done("a", 10, lease, { kind: "threw", detail: undefined });
    assert.deepEqual(recordsIn(effects), ["waiting"]);
    assert.deepEqual(toNodes(effects), [{ type: "ack", leases: [lease] }]);
  });

  it("that was given back is queued again", () => {
    const { fixture, lease } = given();
    const effects = fixture.nodeSays("a", 10, { type: "returned", leases: [lease] });
    assert.deepEqual(leasesIn(effects).map((one) => one.attempt), [1]);
  });
});
