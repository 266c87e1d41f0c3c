import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Packed } from "../../../lib/proto/executor.ts";
import type { Outcome } from "../../../lib/proto/jobs.ts";
import { SchedulerBed } from "../../harness/scheduler_bed.ts";
import { TestClient } from "../../harness/scheduler_client.ts";
import { TestNode } from "../../harness/scheduler_node.ts";

const finished = (args: Packed): Outcome => ({ kind: "finished", detail: args });
const hundred = Array.from({ length: 100 }, (_, index) => `[${index}]`);

describe("SchedulerDaemon", () => {
  for (const durability of ["memory", "normal", "full"] as const) {
    it(`runs the jobs of a client on a node, ${durability}`, async () => {
      await using bed = new SchedulerBed({ durability });
      await bed.start();
      const node = bed.node();
      const client = bed.client();
      const jobs = client.submit(hundred);
      await client.until("all results are there", () => client.results.size === 100);
      assert.equal(client.accepted.size, 100);
      for (const { id, args, number } of jobs) {
        const result = client.results.get(id);
        assert.deepEqual(result?.ending, { status: "finished", detail: args });
        assert.equal(result?.number, number);
        assert.match(result?.node ?? "", /^node~[0-9a-f]{16}$/);
      }
      await node.until("the node may forget all", () => node.outbox.size === 0);
      assert.equal(client.duplicates, 0);
      assert.equal(node.executions, 100);
    });
  }

  it("goes on after a restart where it was: jobs that wait, run, and whose results were not fetched", async () => {
    await using bed = new SchedulerBed({ durability: "full" });
    await bed.start();
    const client = new TestClient({ name: "nightly", acks: false });
    client.connect(bed.connect({ role: "client" }));
    let isStuck = true;
    const run = (args: Packed) => isStuck && args !== "[0]" ? undefined : finished(args);
    const node = new TestNode({ run });
    node.connect(bed.connect({ role: "node" }));
    client.submit(hundred);
    await client.until("one has ended", () => client.results.size === 1);
    await client.until("all are accepted", () => client.accepted.size === 100);
    await bed.stop();
    await client.until("it noticed", () => !client.isConnected);

    isStuck = false;
    await bed.start();
    assert.equal(bed.daemon.state.jobs.size, 100);
    node.connect(bed.connect({ role: "node" }));
    client.connect(bed.connect({ role: "client" }));
    await client.until("all results are there", () => client.results.size === 100);
    const attached = client.last("attached");
    assert.equal(attached?.epoch, 2);
    assert.deepEqual(attached?.known, [0, 99]);
    // The one that had not been acknowledged came again.
    assert.equal(client.duplicates, 1);
    await node.until("the node may forget all", () => node.outbox.size + node.held.size === 0);
    client.ack([...client.jobs.keys()]);
    client.say({ type: "askStatus" });
    await client.until("the status comes", () => client.last("status") !== undefined);
    assert.equal(client.last("status")?.status.clusters[0]?.settled, 0);
  });
});
