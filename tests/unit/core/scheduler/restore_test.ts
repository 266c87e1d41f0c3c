import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { restore } from "../../../../lib/core/scheduler/restore.ts";
import type { NodeId } from "../../../../lib/proto/ids.ts";
import { policyOf } from "./fixture.ts";
import {
  clusterId,
  deliveredIn,
  leaseIn,
  leasesIn,
  refOf,
  SharedFixture,
  submitted,
  toNodes,
} from "./shared_fixture.ts";

/** `finished` has a result, `runs` runs on node "a", `waits` has failed once and waits, `last` waits. */
function busy(): SharedFixture {
  const fixture = new SharedFixture();
  fixture.open(1, "c");
  fixture.nodeUp("a", 10);
  fixture.done("a", 10, leaseIn(fixture.submit(1, "c", submitted("acked", 0))));
  fixture.ack(1, "c", "acked");
  fixture.done("a", 10, leaseIn(fixture.submit(1, "c", submitted("finished", 1))));
  const waits = submitted("waits", 2, policyOf({ retries: 3 }));
  const lease = leaseIn(fixture.submit(1, "c", waits));
  fixture.done("a", 10, lease, { kind: "threw", detail: undefined });
  fixture.submit(1, "c", submitted("runs", 3, policyOf({ reentrant: false })));
  fixture.nodeLinkDown("a", 10);
  fixture.submit(1, "c", submitted("last", 4));
  return fixture;
}

describe("restore()", () => {
  it("brings back jobs, leases and results", () => {
    const fixture = busy();
    fixture.restart();
    const phases = ["acked", "finished", "waits", "runs", "last"].map((job) =>
      fixture.phaseOf(job)
    );
    assert.deepEqual(phases, [undefined, "settled", "queued", "assigned", "queued"]);
    const waits = fixture.state.jobs.get(submitted("waits", 2).job);
    assert.deepEqual([waits?.lease, waits?.attempt, waits?.failures], [1, 1, 1]);
    const { known, forgotten } = fixture.cluster("c").shared;
    assert.deepEqual([known.ranges, forgotten.ranges], [[0, 4], [0, 0]]);
  });

  it("sends results again that were not acknowledged", () => {
    const fixture = busy();
    fixture.restart();
    assert.deepEqual(deliveredIn(fixture.open(1, "c")), ["finished"]);
  });

  it("lets a lease on record go on when its node announces it", () => {
    const fixture = busy();
    const lease = fixture.records.findLast((record) => record.type === "lease");
    assert.ok(lease?.type === "lease");
    fixture.restart();
    fixture.nodeLinkUp("a", 10);
    const held = [{ ...refOf(lease), runningMs: 9 }];
    assert.deepEqual(leasesIn(fixture.announce("a", 10, { held })).map(({ job }) => job), [
      "waits",
    ]);
    assert.equal(fixture.phaseOf("runs"), "running");
  });

  it("drops a lease that is not on record, and its epoch keeps it from being taken for the next", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.nodeUp("a", 10);
    const old = refOf(leaseIn(fixture.submit(1, "c", submitted("j", 0))));
    fixture.restart();
    fixture.nodeLinkUp("a", 10);
    const effects = fixture.announce("a", 10, { outbox: [old] });
    const fresh = refOf(leaseIn(effects));
    assert.deepEqual([old.lease, old.epoch, fresh.lease, fresh.epoch], [1, 1, 1, 2]);
    assert.deepEqual(toNodes(fixture.done("a", 10, old)), [{ type: "drop", leases: [old] }]);
    assert.equal(fixture.phaseOf("j"), "assigned");
  });

  it("counts leases as lost when their node does not come", () => {
    const fixture = busy();
    fixture.restart();
    fixture.advance(1999);
    assert.equal(fixture.phaseOf("runs"), "assigned");
    fixture.advance(1);
    assert.equal(fixture.phaseOf("runs"), "settled");
    assert.equal(fixture.state.nodes.has("a" as NodeId), false);
  });

  it("leaves nothing of a cluster that was closed", () => {
    const fixture = busy();
    fixture.say(1, { type: "close", cluster: clusterId("c") });
    fixture.restart();
    assert.deepEqual([fixture.state.jobs.size, fixture.state.clusters.size], [0, 0]);
    assert.equal(fixture.state.leased, 0);
  });

  it("shares one policy among the jobs that have the same", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.submit(1, "c", submitted("j", 0, policyOf()), submitted("k", 1, policyOf()));
    const { jobs } = restore({ seed: 1 }, fixture.records);
    const [first, second] = jobs.values();
    assert.equal(first?.policy, second?.policy);
  });

  it("takes records twice as once", () => {
    const fixture = busy();
    fixture.restart([...fixture.records, ...fixture.records]);
    assert.equal(fixture.state.jobs.size, 4);
  });
});
