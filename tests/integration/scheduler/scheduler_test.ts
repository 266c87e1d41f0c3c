import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import { TestClient } from "../../harness/scheduler_client.ts";
import { SchedulerProcesses } from "../../harness/scheduler_processes.ts";

/** Arguments of so many calls. */
function argsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `[${index}]`);
}

/** What became of the jobs of a client, in one line. */
function ledger(client: TestClient): string {
  let wrong = 0;
  for (const [id, { ending }] of client.results) {
    const detail = ending.status === "finished" ? ending.detail : undefined;
    if (`[${String(detail)}]` !== client.jobs.get(id)?.args) wrong += 1;
  }
  const lost = [...client.accepted].filter((id) => !client.results.has(id)).length;
  return `submitted=${client.jobs.size} acked=${client.accepted.size} ` +
    `delivered=${client.results.size} duplicates=${client.duplicates} lost=${lost} wrong=${wrong}`;
}

for (const runner of musterRunners()) {
  describe(`muster scheduler (${runner.name})`, () => {
    it("loses nothing when it is killed again and again", async () => {
      await using bed = new SchedulerProcesses(runner);
      const node = await bed.node(["--cpus", "2"]);
      const flags = ["--nodes", node.address];
      let scheduler = await bed.scheduler(flags);
      const { port } = scheduler;
      const client = new TestClient({ fn: "async (x) => { await null; return x; }" });
      client.connect(await bed.dial(port));
      const count = 3000;
      const rounds = 3;
      for (let round = 1; round <= rounds; round += 1) {
        client.submit(argsOf(count));
        const some = client.results.size + 100 * round;
        await client.until("some results are there", () => client.results.size >= some, 60_000);
        scheduler.process.kill("SIGKILL");
        await scheduler.process.ended();
        scheduler = await bed.scheduler(flags, port);
        assert.match(scheduler.process.stderr, /found 1 clusters with \d+ jobs to do/);
        client.connect(await bed.dial(port));
      }
      const all = rounds * count;
      await client.until("all results are there", () => client.results.size === all, 120_000);
      // What it was told and had acknowledged in the moment of a kill comes again; a client that counts sees it.
      const line = ledger(client);
      assert.match(line, new RegExp(`^submitted=${all} acked=${all} delivered=${all} `), line);
      assert.match(line, / lost=0 wrong=0$/, line);
      scheduler.process.kill("SIGTERM");
      assert.equal((await scheduler.process.ended()).code, 143);
      await stopNode(node.process);
    });

    it("keeps jobs while there is no node, and results while there is no client", async () => {
      await using bed = new SchedulerProcesses(runner);
      const scheduler = await bed.scheduler();
      const client = new TestClient({ name: "nightly", acks: false });
      const connection = await bed.dial(scheduler.port);
      client.connect(connection);
      client.submit(argsOf(100));
      await client.until("all are accepted", () => client.accepted.size === 100);
      await connection.close();
      const node = await bed.node(["--cpus", "1", "--dial", scheduler.address]);
      const later = new TestClient({ name: "nightly" });
      later.connect(await bed.dial(scheduler.port), false);
      later.say({ type: "attach", name: "nightly" });
      await later.until("it has the results", () => later.results.size === 100, 60_000);
      assert.deepEqual([...later.results.keys()].sort(), [...client.jobs.keys()].sort());
      await stopNode(node.process);
      scheduler.process.kill("SIGTERM");
      assert.equal((await scheduler.process.ended()).code, 143);
    });

    it("lets one program alone use a journal, and refuses one that is damaged", async () => {
      await using bed = new SchedulerProcesses(runner);
      const { process } = await bed.scheduler();
      const flags = ["scheduler", "--port", "0", "--journal", bed.journal];
      const second = await bed.muster(flags, { env: bed.env });
      assert.equal(second.code, 2, second.stderr);
      assert.match(second.stderr, /^muster: Cannot open .* another process/);
      process.kill("SIGKILL");
      await process.ended();
      writeFileSync(`${bed.journal}/journal.mark`, "not what was there");
      const third = await bed.muster(flags, { env: bed.env });
      assert.equal(third.code, 1, third.stderr);
      assert.match(third.stderr, /^muster: [^\n]*journal[^\n]*\n$/);
    });

    it("needs a secret to listen beyond loopback", async () => {
      await using bed = new SchedulerProcesses(runner);
      const args = ["scheduler", "--host", "0.0.0.0", "--journal", bed.journal];
      const { code, stderr } = await bed.muster(args, { env: bed.env });
      assert.equal(code, 2);
      assert.match(stderr, /^muster: Cannot talk to other hosts .*"muster keygen"/);
    });

    it("ends what it is asked to end, and tells its status", async () => {
      await using bed = new SchedulerProcesses(runner);
      const node = await bed.node(["--cpus", "1", "--name", "n1"]);
      const scheduler = await bed.scheduler(["--durability", "memory", "--nodes", node.address]);
      const client = new TestClient({ name: "slow", fn: "() => new Promise(() => {})" });
      client.connect(await bed.dial(scheduler.port));
      const jobs = client.submit(argsOf(3));
      await client.until("one runs", () => client.last("running") !== undefined);
      client.say({ type: "askStatus" });
      await client.until("the status comes", () => client.last("status") !== undefined);
      const status = client.last("status")?.status;
      assert.deepEqual(status?.nodes.map(({ name, state, slots }) => ({ name, state, slots })), [
        { name: "n1", state: "up", slots: 1 },
      ]);
      assert.deepEqual(status?.clusters.map(({ name, open }) => ({ name, open })), [
        { name: "slow", open: 3 },
      ]);
      client.say({ type: "cancel", cluster: client.cluster, jobs: jobs.map(({ id }) => id) });
      await client.until("all have ended", () => client.results.size === 3);
      for (const { ending } of client.results.values()) assert.equal(ending.status, "cancelled");
      client.say({ type: "close", cluster: client.cluster });
      await client.until("it is closed", () => client.last("closed") !== undefined);
      scheduler.process.kill("SIGTERM");
      assert.equal((await scheduler.process.ended()).code, 143);
      await stopNode(node.process);
    });
  });
}
