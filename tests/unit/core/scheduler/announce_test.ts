import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InstanceId } from "../../../../lib/proto/ids.ts";
import { policyOf } from "./fixture.ts";
import {
  leaseIn,
  leasesIn,
  recordsIn,
  refOf,
  SharedFixture,
  submitted,
  toNodes,
} from "./shared_fixture.ts";

const other = "a2" as InstanceId;
const once = policyOf({ reentrant: false });

/** Node "a" was given job "j"; then its connection broke and it has a new one. */
function reconnected(policy = policyOf()) {
  const fixture = new SharedFixture();
  fixture.open(1, "c");
  fixture.nodeUp("a", 10);
  const lease = refOf(leaseIn(fixture.submit(1, "c", submitted("j", 0, policy))));
  fixture.nodeLinkDown("a", 10);
  fixture.nodeLinkUp("a", 11);
  return { fixture, lease };
}

describe("onAnnounce()", () => {
  it("lets a lease go on that the node holds", () => {
    const { fixture, lease } = reconnected(once);
    const effects = fixture.announce("a", 11, { held: [{ ...lease, runningMs: 5 }] });
    assert.deepEqual(toNodes(effects), [{ type: "drop", leases: [] }]);
    assert.equal(fixture.phaseOf("j"), "running");
  });

  it("takes a lease back that the node never got, and blames nobody", () => {
    const { fixture } = reconnected(once);
    const again = leaseIn(fixture.announce("a", 11));
    assert.deepEqual([again.lease, again.attempt], [2, 1]);
  });

  it("waits for the end that the node has in its outbox", () => {
    const { fixture, lease } = reconnected(once);
    fixture.announce("a", 11, { outbox: [lease] });
    assert.equal(fixture.phaseOf("j"), "assigned");
    fixture.done("a", 11, lease);
    assert.equal(fixture.phaseOf("j"), "settled");
  });

  it("takes an end of a former start of the node", () => {
    const { fixture, lease } = reconnected(once);
    fixture.announce("a", 11, { instance: other, outbox: [lease] });
    fixture.done("a", 11, lease);
    assert.deepEqual(fixture.records.at(-1)?.type, "settled");
    assert.equal(fixture.phaseOf("j"), "settled");
  });

  it("counts what a former start of the node held as lost", () => {
    const reentrant = reconnected();
    const again = leaseIn(reentrant.fixture.announce("a", 11, { instance: other }));
    assert.deepEqual([again.lease, again.attempt], [2, 2]);
    const { fixture } = reconnected(once);
    assert.deepEqual(leasesIn(fixture.announce("a", 11, { instance: other })), []);
    assert.deepEqual(fixture.phaseOf("j"), "settled");
  });

  it("has the node drop what it should not hold, after the commit", () => {
    const { fixture, lease } = reconnected();
    const stale = { ...lease, epoch: 0 };
    const effects = fixture.announce("a", 11, {
      held: [{ ...lease, runningMs: undefined }, { ...stale, runningMs: 3 }],
      outbox: [{ ...stale, lease: 7 }],
    });
    const drop = { type: "drop", leases: [stale, { ...stale, lease: 7 }] } as const;
    assert.deepEqual(effects.at(-1), {
      type: "toNode",
      node: "a",
      link: 11,
      message: drop,
      afterCommit: true,
    });
    assert.equal(fixture.state.counts.stale, 2);
  });

  it("asks again for what the node may not have heard", () => {
    const { fixture, lease } = reconnected();
    fixture.say(1, { type: "cancel", cluster: fixture.cluster("c").id, jobs: [lease.job] });
    const effects = fixture.announce("a", 11, { held: [{ ...lease, runningMs: 1 }] });
    assert.deepEqual(toNodes(effects).at(-1), { type: "stop", leases: [lease] });
  });

  it("told twice on one connection counts once", () => {
    const { fixture } = reconnected(once);
    fixture.announce("a", 11);
    assert.deepEqual(recordsIn(fixture.announce("a", 11)), []);
    assert.equal(fixture.phaseOf("j"), "assigned");
  });
});
