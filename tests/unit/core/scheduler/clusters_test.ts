import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findByName } from "../../../../lib/core/scheduler/clusters.ts";
import type { OwnerId } from "../../../../lib/proto/ids.ts";
import {
  clusterId,
  leaseIn,
  leasesIn,
  recordsIn,
  refOf,
  SharedFixture,
  submitted,
  toClients,
  toNodes,
} from "./shared_fixture.ts";

const close = { type: "close", cluster: clusterId("c") } as const;

describe("closeCluster()", () => {
  it("drops leases, forgets jobs and results, and says so after the commit", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.nodeUp("a", 10);
    fixture.done("a", 10, leaseIn(fixture.submit(1, "c", submitted("done", 0))));
    const jobs = [1, 2, 3, 4].map((number) => submitted(`j${number}`, number));
    const leases = leasesIn(fixture.submit(1, "c", ...jobs)).map(refOf);
    const effects = fixture.say(1, close);
    assert.deepEqual(recordsIn(effects), ["closed"]);
    assert.deepEqual(toNodes(effects), [{ type: "drop", leases }]);
    assert.deepEqual(toClients(effects), [{ type: "closed", cluster: "c" }]);
    const { jobs: left, clusters, queued, leased, keptCount } = fixture.state;
    assert.deepEqual([left.size, clusters.size, queued, leased, keptCount], [0, 0, 0, 0, 0]);
  });

  it("is answered again when it is asked for again", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.say(1, close);
    assert.deepEqual(toClients(fixture.say(1, close)), [{ type: "closed", cluster: "c" }]);
  });

  it("gives slots to others at once", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c", { exclusive: true });
    fixture.open(2, "d");
    fixture.nodeUp("a", 10);
    fixture.submit(1, "c", submitted("j", 0));
    assert.deepEqual(leasesIn(fixture.submit(2, "d", submitted("k", 0))), []);
    assert.deepEqual(leasesIn(fixture.say(1, close)).map(({ job }) => job), ["k"]);
  });
});

describe("findByName()", () => {
  it("finds the cluster of an owner", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    assert.equal(findByName(fixture.state, "me" as OwnerId, "c")?.id, "c");
    assert.equal(findByName(fixture.state, "you" as OwnerId, "c"), undefined);
  });
});
