import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeldAcks } from "../../../../lib/client/shared/held_acks.ts";
import type { Packed } from "../../../../lib/proto/executor.ts";
import { JobError } from "../../../../lib/proto/errors.ts";
import type { Outcome } from "../../../../lib/proto/jobs.ts";
import { SchedulerBed } from "../../../harness/scheduler_bed.ts";
import { TestNode } from "../../../harness/scheduler_node.ts";
import { ReachableBed } from "../../../harness/shared_programs.ts";

const finished = (args: Packed): Outcome => ({ kind: "finished", detail: args });
const isDrop = ({ type }: { readonly type: string }): boolean => type === "drop";
const numbers = Array.from({ length: 300 }, (_, index) => index);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a cluster at a shared scheduler", () => {
  it("gives the results of a map in order, and tells the scheduler to forget them", async () => {
    await using bed = new SchedulerBed();
    await bed.start();
    bed.node();
    const { cluster } = new ReachableBed(bed).cluster("a");
    const results = await Array.fromAsync(cluster.map(numbers));
    assert.deepEqual(results, numbers.map((number) => [number]));
    assert.equal(cluster.pending, 0);
    await cluster.close();
    assert.equal(bed.daemon.state.jobs.size, 0);
    assert.equal(bed.daemon.state.clusters.size, 0);
  });

  it("goes on when the scheduler was restarted in the middle, and delivers each result once", async () => {
    await using bed = new SchedulerBed({ durability: "full" });
    await bed.start();
    const reachable = new ReachableBed(bed);
    let isStuck = true;
    const run = (args: Packed) => isStuck && args !== "[0]" ? undefined : finished(args);
    const node = new TestNode({ run });
    node.connect(bed.connect({ role: "node" }));
    const { cluster } = reachable.cluster("a");
    const jobs = numbers.map((number) => cluster.submit(number));
    await jobs[0];
    await reachable.restart();
    isStuck = false;
    const heard = node.heard.length;
    node.connect(bed.connect({ role: "node" }));
    await node.until("it was answered", () => node.heard.slice(heard).some(isDrop));
    node.end(finished);
    let delivered = 0;
    for (const job of jobs) void job.then(() => delivered += 1);
    assert.deepEqual(await Promise.all(jobs), numbers.map((number) => [number]));
    assert.equal(delivered, numbers.length);
    await cluster.close();
  });

  it("acknowledges what the program has put away, also when the result comes again", async () => {
    await using bed = new SchedulerBed({ durability: "full" });
    await bed.start();
    bed.node();
    const reachable = new ReachableBed(bed);
    const { cluster, queue } = reachable.cluster("a", 1e6, new HeldAcks());
    const [first, second, third] = [1, 2, 3].map((number) => cluster.submit(number));
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    await cluster.wait();
    queue.acknowledge(first.id);
    await until(() => bed.daemon.state.jobs.size === 2);
    // The acknowledgement is lost with the connection.
    reachable.cut();
    queue.acknowledge(second.id);
    await until(() => bed.daemon.state.jobs.size === 1);
    assert.ok(bed.daemon.state.jobs.has(third.id));
    await cluster.close();
  });

  it("waits while the scheduler has no room, and loses nothing by it", async () => {
    await using bed = new SchedulerBed({ maxOpenJobs: 7 });
    await bed.start();
    const { cluster } = new ReachableBed(bed).cluster("a");
    const jobs = numbers.map((number) => cluster.submit(number));
    bed.node();
    assert.deepEqual(await Promise.all(jobs), numbers.map((number) => [number]));
    await cluster.close();
  });

  it("cancels jobs that wait, at the scheduler as well", async () => {
    await using bed = new SchedulerBed();
    await bed.start();
    const { cluster } = new ReachableBed(bed).cluster("a");
    const jobs = numbers.map((number) => cluster.submit(number));
    cluster.cancelAll();
    const reasons = await Promise.all(jobs.map((job) => job.then(() => "result", reasonOf)));
    assert.deepEqual(new Set(reasons), new Set(["cancelled"]));
    await cluster.close();
  });

  it("tells those who wait when another program has attached", async () => {
    await using bed = new SchedulerBed();
    await bed.start();
    const reachable = new ReachableBed(bed);
    const { cluster, queue } = reachable.cluster("a");
    const job = cluster.submit(1);
    await queue.session.ready;
    await using attached = await reachable.attach("a");
    const error: unknown = await job.then(() => undefined, (error: unknown) => error);
    assert(error instanceof JobError);
    assert.equal(error.reason, "abandoned");
    assert.match(error.message, /^Another program has attached/);
    assert.throws(
      () => cluster.submit(2),
      /^Error: Cannot submit a job: the cluster has been left$/,
    );
    assert.equal(attached.remaining <= 1, true);
  });
});

describe("an attached cluster", () => {
  it("gives what the program left that detached, in order", async () => {
    await using bed = new SchedulerBed();
    await bed.start();
    const reachable = new ReachableBed(bed);
    const { cluster, queue } = reachable.cluster("nightly");
    const jobs = numbers.map((number) => cluster.submit(number));
    queue.session.leave("detach");
    assert.equal(await queue.session.ended, "detached");
    assert.equal(jobs[0]?.error?.reason, "abandoned");
    const attached = await reachable.attach("nightly");
    assert.equal(attached.remaining, numbers.length);
    bed.node();
    const results: unknown[] = [];
    for await (const { job, number } of attached.results({ ordered: true })) {
      assert.deepEqual(job.result, [number]);
      results.push(number);
    }
    assert.deepEqual(results, numbers);
    await attached.close();
    assert.equal(bed.daemon.state.clusters.size, 0);
  });

  it("gives again what was not taken, and only that", async () => {
    await using bed = new SchedulerBed();
    await bed.start();
    bed.node();
    const reachable = new ReachableBed(bed);
    const { cluster, queue } = reachable.cluster("nightly");
    for (const number of numbers) cluster.submit(number);
    // All are at the scheduler; whatever has come back by then was taken by this program.
    queue.session.leave("detach");
    await queue.session.ended;
    const taken = new Map<number, number>();
    const first = await reachable.attach("nightly");
    const all = first.remaining;
    for await (const { number } of first.results()) {
      if (taken.size === 10) {
        // The one that is in hand counts as not taken.
        reachable.cut();
        break;
      }
      taken.set(number, 1);
    }
    await first.detach();
    const second = await reachable.attach("nightly");
    for await (const { number } of second.results()) {
      taken.set(number, (taken.get(number) ?? 0) + 1);
    }
    assert.equal(taken.size, all);
    // What was acknowledged on a connection that broke at that moment may come once more.
    assert([...taken.values()].every((times) => times <= 2));
    await second.close();
  });
});

function reasonOf(error: unknown): string {
  return error instanceof JobError ? error.reason : String(error);
}
