import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Packed } from "../../../lib/proto/executor.ts";
import { SchedulerBed } from "../../harness/scheduler_bed.ts";

const other = { hostKey: new Uint8Array(32).fill(7) };

describe("links of clients to the scheduler", () => {
  it("reach the clusters of their host, and shared ones from every host", async () => {
    await using bed = new SchedulerBed();
    await bed.start();
    for (const shared of [false, true]) {
      const owner = bed.client({ name: "nightly", shared });
      await owner.until("it has its cluster", () => owner.last("attached") !== undefined);
      const stranger = bed.client({ shared }, other);
      stranger.say({ type: "attach", name: "nightly" });
      const isAnswered = () => {
        const message = stranger.heard.at(-1);
        return message?.type === "unattached" ||
          (message?.type === "attached" && message.name === "nightly");
      };
      await stranger.until("it has an answer", isAnswered);
      assert.equal(stranger.heard.at(-1)?.type, shared ? "attached" : "unattached");
      if (shared) await owner.until("it is told", () => owner.last("detached") !== undefined);
    }
  });

  it("are given no more jobs than the scheduler allows, whatever they ask for", async () => {
    await using bed = new SchedulerBed({ maxOpenJobs: 3 });
    await bed.start();
    const client = bed.client();
    client.submit(["[1]", "[2]", "[3]", "[4]", "[5]"]);
    await client.until("it is answered", () => client.last("refused") !== undefined);
    assert.equal(client.accepted.size, 3);
    assert.deepEqual(client.last("refused")?.jobs.map(({ why }) => why), ["quota", "quota"]);
  });

  it("end when something is said that nobody of this version says", async () => {
    await using bed = new SchedulerBed();
    await bed.start();
    const connection = bed.connect({ role: "client", name: "odd" });
    const closed = new Promise<void>((resolve) => connection.onClose = () => resolve());
    connection.send(Uint8Array.of(200));
    await closed;
    assert.ok(bed.lines.some((line) => line.includes("odd was disconnected: Cannot read")));
  });
});

describe("links of nodes to the scheduler", () => {
  it("are used one at a time for the same start of a node", async () => {
    await using bed = new SchedulerBed();
    await bed.start();
    const node = bed.node({ run: (_args: Packed) => undefined });
    const client = bed.client();
    client.submit(["[1]"]);
    await node.until("it has the job", () => node.held.size === 1);
    const again = bed.node();
    await again.until("it is told goodbye", () => !again.isConnected);
    assert.ok(node.isConnected);
    const restarted = bed.node({}, { instanceId: "another" });
    await node.until("the former is cut off", () => !node.isConnected);
    await client.until("the job runs again", () => client.results.size === 1);
    assert.equal(restarted.executions, 1);
  });
});
