import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { charge, rankOf, refund, settleCharge } from "../../../../lib/core/scheduler/fairness.ts";
import { createCluster } from "../../../../lib/core/scheduler/state.ts";
import { clusterId, leasesIn, SharedFixture, submitted } from "./shared_fixture.ts";

/** Clusters "c" and "d" have ten jobs each, submitted one after the other; in which order are they placed? */
function servedBy(policy: "fair" | "fifo" | "early", options = {}, runMs = { c: 1, d: 1 }): string {
  const fixture = new SharedFixture({ policy });
  fixture.open(1, "c");
  fixture.open(2, "d", options);
  for (let number = 0; number < 10; number += 1) {
    fixture.submit(2, "d", submitted(`d${number}`, number));
    fixture.submit(1, "c", submitted(`c${number}`, number));
  }
  let served = "";
  let leases = leasesIn(fixture.nodeUp("a", 10));
  while (leases.length > 0) {
    const [first, ...rest] = leases;
    if (first === undefined) break;
    served += first.job[0];
    const ms = first.job.startsWith("c") ? runMs.c : runMs.d;
    fixture.nowMs += ms;
    const { job, lease, epoch } = first;
    const outcome = { kind: "finished", detail: 0 } as const;
    const ends = [{ job, lease, epoch, outcome, runMs: ms }];
    leases = [...rest, ...leasesIn(fixture.nodeSays("a", 10, { type: "done", ends }))];
  }
  return served;
}

describe("clusters that share slots", () => {
  it("fair: take turns", () => {
    const served = servedBy("fair", {}, { c: 20, d: 20 });
    const firstHalf = [...served.slice(0, 10)].filter((name) => name === "c").length;
    assert.ok(firstHalf >= 4 && firstHalf <= 6, served);
  });

  it("fair: share time, not jobs", () => {
    const served = servedBy("fair", {}, { c: 20, d: 60 });
    const early = [...served.slice(0, 12)].filter((name) => name === "c").length;
    assert.ok(early >= 8, served);
  });

  it("fifo: the job that came first goes first", () => {
    assert.equal(servedBy("fifo"), "dc".repeat(10));
  });

  it("early: the cluster that was opened first goes first", () => {
    assert.equal(servedBy("early"), "c".repeat(10) + "d".repeat(10));
  });

  it("of a higher priority go first, whatever the policy", () => {
    for (const policy of ["fair", "fifo", "early"] as const) {
      assert.equal(servedBy(policy, { priority: 1 }), "d".repeat(10) + "c".repeat(10));
    }
  });

  it("wait while an exclusive one has jobs, and it waits for what they have running", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.open(2, "d", { exclusive: true, priority: 1 });
    fixture.nodeUp("a", 10, 2);
    const [running] = leasesIn(fixture.submit(1, "c", submitted("c0", 0)));
    assert.ok(running !== undefined);
    assert.deepEqual(leasesIn(fixture.submit(2, "d", submitted("d0", 0))), []);
    assert.deepEqual(leasesIn(fixture.submit(1, "c", submitted("c1", 1))), []);
    const [alone] = leasesIn(fixture.done("a", 10, running));
    assert.equal(alone?.job, "d0");
    assert.ok(alone !== undefined);
    assert.deepEqual(leasesIn(fixture.done("a", 10, alone)).map(({ job }) => job), ["c1"]);
  });
});

describe("what a cluster is charged", () => {
  it("is a guess before an attempt, and what it took after it", () => {
    const cluster = createCluster(clusterId("c"), 1, undefined);
    charge(cluster);
    assert.equal(rankOf(cluster, "fair"), 1);
    settleCharge(cluster, 9);
    assert.deepEqual([cluster.usedMs, cluster.meanRunMs], [9, 9]);
    charge(cluster);
    refund(cluster);
    assert.equal(cluster.usedMs, 9);
    assert.deepEqual([rankOf(cluster, "early"), rankOf(cluster, "fifo")], [0, 0]);
  });
});
