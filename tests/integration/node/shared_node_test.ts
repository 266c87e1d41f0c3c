import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import { codeOf, HandScheduler, leaseOf } from "./hand_scheduler.ts";

const square = codeOf("(n) => n * n");
const half = codeOf("(n) => n / 2");
const slow = codeOf("(n) => new Promise((done) => setTimeout(() => done(n), 700))");
const endless = codeOf("() => { for (;;); }");
const broken = codeOf("nobody.has.this");
const codes = [square, half, slow, endless, broken];

/** What finished attempts gave, by the first digit of their job. */
function results(scheduler: HandScheduler): Record<string, unknown> {
  return Object.fromEntries(
    scheduler.ends.map(({ job, outcome }) => [
      job[0],
      outcome.kind === "finished" ? outcome.detail : outcome.kind,
    ]),
  );
}

for (const runner of musterRunners()) {
  describe(`a node of a shared scheduler (${runner.name})`, () => {
    it("says who it is, runs leases of several computations, and tells how they ended", async () => {
      await using bed = new NodeBed(runner);
      const { process, address } = await bed.node(["--cpus", "2", "--name", "n1"]);
      const scheduler = await HandScheduler.dial(address, bed.home, codes);
      await scheduler.until(() => scheduler.last("announce") !== undefined);
      assert.equal(scheduler.last("hello")?.facts.slots, 2);
      assert.deepEqual(scheduler.last("announce")?.held, []);
      scheduler.assign(square, [leaseOf("1"), leaseOf("2")], ["[3]", "[4]"]);
      scheduler.assign(half, [leaseOf("3")], ["[10]"]);
      scheduler.assign(broken, [leaseOf("4")], ["[1]"]);
      await scheduler.until(() => scheduler.ends.length === 4);
      assert.deepEqual(results(scheduler), { 1: "9", 2: "16", 3: "5", 4: "crashed" });
      await scheduler.close();
      await stopNode(process);
    });

    it("tells ends again to a scheduler that comes back, until they are acknowledged", async () => {
      await using bed = new NodeBed(runner);
      const { process, address } = await bed.node(["--cpus", "1"]);
      const first = await HandScheduler.dial(address, bed.home, codes);
      await first.until(() => first.last("announce") !== undefined);
      first.assign(square, [leaseOf("1"), leaseOf("2")], ["[3]", "[4]"]);
      await first.until(() => first.ends.length === 2);
      first.tell("ack", leaseOf("1"));
      first.assign(slow, [leaseOf("3")], ["[5]"]);
      await first.until(() => first.last("started")?.leases.at(-1)?.job === leaseOf("3").job);
      first.cut();
      const second = await HandScheduler.dial(address, bed.home, codes);
      await second.until(() => second.ends.length === 2);
      assert.deepEqual(second.last("announce")?.held.map(({ job }) => job[0]), ["3"]);
      assert.deepEqual(results(second), { 2: "16", 3: "5" });
      second.tell("ack", leaseOf("2"), leaseOf("3"));
      await second.close();
      await stopNode(process);
    });

    it("asks again for code that an earlier connection did not give", async () => {
      await using bed = new NodeBed(runner);
      const { process, address } = await bed.node(["--cpus", "1"]);
      const first = await HandScheduler.dial(address, bed.home, []);
      await first.until(() => first.last("announce") !== undefined);
      first.assign(square, [leaseOf("1")], ["[3]"]);
      await first.until(() => first.last("wantCode") !== undefined);
      first.cut();
      const second = await HandScheduler.dial(address, bed.home, codes);
      await second.until(() => second.ends.length === 1);
      assert.deepEqual(results(second), { 1: "9" });
      second.tell("ack", leaseOf("1"));
      await second.close();
      await stopNode(process);
    });

    it("goes on with what may not run twice when a scheduler is cut off that was heard until then", async () => {
      await using bed = new NodeBed(runner);
      const { process, address } = await bed.node(["--cpus", "1"]);
      const first = await HandScheduler.dial(address, bed.home, codes);
      await first.until(() => first.last("announce") !== undefined);
      first.assign(slow, [leaseOf("1")], ["[5]"], true);
      await first.until(() => first.last("started") !== undefined);
      first.cut();
      const second = await HandScheduler.dial(address, bed.home, codes);
      await second.until(() => second.ends.length === 1);
      assert.deepEqual(results(second), { 1: "5" });
      second.tell("ack", leaseOf("1"));
      await second.close();
      await stopNode(process);
    });

    it("keeps ends that were not acknowledged when it is killed", async () => {
      await using bed = new NodeBed(runner);
      const before = await bed.node(["--cpus", "1"]);
      const first = await HandScheduler.dial(before.address, bed.home, codes);
      await first.until(() => first.last("announce") !== undefined);
      // One that must not run twice is on disk at once.
      first.assign(square, [leaseOf("1")], ["[3]"], true);
      await first.until(() => first.ends.length === 1);
      first.assign(slow, [leaseOf("2")], ["[5]"]);
      await first.until(() => first.ends.length === 2);
      before.process.kill("SIGKILL");
      await before.process.ended();
      const after = await bed.node(["--cpus", "1"]);
      const second = await HandScheduler.dial(after.address, bed.home, codes);
      await second.until(() => second.ends.length > 0);
      assert.equal(results(second)["1"], "9");
      assert.equal(second.last("hello")?.key, first.last("hello")?.key);
      assert.notEqual(second.last("announce")?.instance, first.last("announce")?.instance);
      await second.close();
      await stopNode(after.process);
    });

    it("gives back what has not begun, and stops what runs", async () => {
      await using bed = new NodeBed(runner);
      const { process, address } = await bed.node(["--cpus", "1"]);
      const scheduler = await HandScheduler.dial(address, bed.home, codes);
      await scheduler.until(() => scheduler.last("announce") !== undefined);
      scheduler.assign(endless, [leaseOf("1"), leaseOf("2")], ["[]", "[]"]);
      await scheduler.until(() => scheduler.last("started") !== undefined);
      scheduler.tell("retract", leaseOf("2"));
      await scheduler.until(() => scheduler.last("returned") !== undefined);
      assert.deepEqual(scheduler.last("returned")?.leases, [leaseOf("2")]);
      scheduler.tell("stop", leaseOf("1"));
      await scheduler.until(() => scheduler.ends.length === 1);
      assert.deepEqual(results(scheduler), { 1: "stopped" });
      await scheduler.close();
      await stopNode(process);
    });

    it("finishes what runs before it ends, and takes no more", async () => {
      await using bed = new NodeBed(runner);
      const { process, address } = await bed.node(["--cpus", "1"]);
      const scheduler = await HandScheduler.dial(address, bed.home, codes);
      await scheduler.until(() => scheduler.last("announce") !== undefined);
      scheduler.assign(slow, [leaseOf("1"), leaseOf("2")], ["[5]", "[6]"]);
      await scheduler.until(() => scheduler.last("started") !== undefined);
      process.kill("SIGTERM");
      await scheduler.until(() => scheduler.ends.length === 1);
      assert.deepEqual(scheduler.last("returned")?.leases, [leaseOf("2")]);
      assert.deepEqual(results(scheduler), { 1: "5" });
      scheduler.tell("ack", leaseOf("1"));
      assert.equal((await process.ended()).code, 143);
    });

    it("lends its slots to a client when the scheduler has nothing to do", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", "export default (text: string) => text.length;");
      const { process, address } = await bed.node(["--cpus", "1"]);
      const scheduler = await HandScheduler.dial(address, bed.home, codes);
      await scheduler.until(() => scheduler.last("announce") !== undefined);
      scheduler.assign(square, [leaseOf("1")], ["[3]"]);
      await scheduler.until(() => scheduler.ends.length === 1);
      const args = ["map", "jobs.ts", "four", "--nodes", address, "--no-local"];
      const { code, stdout } = await bed.muster(args, { env: bed.env });
      assert.equal(code, 0);
      assert.equal(stdout, "4\n");
      await scheduler.close();
      await stopNode(process);
    });
  });
}
