import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/scheduler/machine.ts";
import {
  clusterId,
  deliveredIn,
  leasesIn,
  recordsIn,
  SharedFixture,
  submitted,
} from "./shared_fixture.ts";

/** As many finished jobs as that, by the names `j0`, `j1`, …; returns what was sent for the last of them. */
function finish(fixture: SharedFixture, count: number) {
  fixture.open(1, "c");
  fixture.nodeUp("a", 10, count);
  const jobs = Array.from({ length: count }, (_, number) => submitted(`j${number}`, number));
  return leasesIn(fixture.submit(1, "c", ...jobs)).map((lease) =>
    deliveredIn(fixture.done("a", 10, lease))
  );
}

describe("results", () => {
  it("are on their way up to a window, and the others follow with the acks", () => {
    const fixture = new SharedFixture({ resultWindow: 2 });
    assert.deepEqual(finish(fixture, 4), [["j0"], ["j1"], [], []]);
    assert.deepEqual(deliveredIn(fixture.ack(1, "c", "j1")), ["j2"]);
    assert.deepEqual(deliveredIn(fixture.ack(1, "c", "j0", "j2")), ["j3"]);
  });

  it("are forgotten when they are acknowledged, but for their numbers", () => {
    const fixture = new SharedFixture();
    finish(fixture, 3);
    assert.deepEqual(recordsIn(fixture.ack(1, "c", "j0", "j2")), ["forgotten", "forgotten"]);
    const { known, forgotten } = fixture.cluster("c").shared;
    assert.deepEqual([known.ranges, forgotten.ranges], [[0, 2], [0, 0, 2, 2]]);
    assert.deepEqual(recordsIn(fixture.ack(1, "c", "j0")), []);
  });

  it("wait while nobody has the cluster", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.nodeUp("a", 10);
    const leases = leasesIn(fixture.submit(1, "c", submitted("j", 0)));
    fixture.say(1, { type: "detach", cluster: clusterId("c") });
    for (const lease of leases) assert.deepEqual(deliveredIn(fixture.done("a", 10, lease)), []);
    assert.deepEqual(deliveredIn(fixture.open(2, "c")), ["j"]);
  });

  it("expire when nobody acknowledges them", () => {
    const fixture = new SharedFixture({ resultExpiryMs: 500 });
    finish(fixture, 2);
    fixture.ack(1, "c", "j0");
    assert.equal(nextWakeMs(fixture.state), 500);
    assert.deepEqual(recordsIn(fixture.advance(499)), []);
    assert.deepEqual(recordsIn(fixture.advance(1)), ["forgotten"]);
    assert.equal(fixture.state.counts.expired, 1);
  });

  it("that are forgotten do not pile up behind one that nobody fetches", () => {
    const fixture = new SharedFixture();
    finish(fixture, 1);
    for (let number = 1; number < 3000; number += 1) {
      const name = `j${number}`;
      const leases = leasesIn(fixture.submit(1, "c", submitted(name, number)));
      for (const lease of leases) fixture.done("a", 10, lease);
      fixture.ack(1, "c", name);
    }
    assert.ok(fixture.state.kept.size < 1100, `${fixture.state.kept.size} entries for one result`);
  });
});
