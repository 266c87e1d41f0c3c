import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import type { LabHost } from "../../harness/namespaces.ts";
import { canMakeNetworks } from "../../harness/namespaces.ts";
import { musterRunners, scriptCommand } from "../../harness/runners.ts";
import { LabBed } from "../../harness/lab_bed.ts";

const skip = !canMakeNetworks &&
  "networks of our own need Linux, root, iproute2 (ip netns) and nftables (nft)";

const jobs = `
export default async function slow(text: string): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return Number(text) ** 2;
}
`;
const lines = (last: number): string =>
  Array.from({ length: last }, (_, index) => `${index + 1}\n`).join("");
const squares = (last: number): string =>
  Array.from({ length: last }, (_, index) => `${(index + 1) ** 2}\n`).join("");

/** A client and three nodes on one network. */
async function startThree(bed: LabBed): Promise<{ client: LabHost; nodes: LabHost[] }> {
  bed.write("jobs.ts", jobs);
  const [client, ...nodes] = bed.addNetwork(1, ["client", "a1", "a2", "a3"]);
  assert.ok(client !== undefined);
  await bed.shareSecret([client, ...nodes]);
  await bed.startNodes(nodes);
  return { client, nodes };
}

/** Names of the nodes in a job log, the local slots as one. */
function nodesIn(log: string): string[] {
  const rows = log.trimEnd().split("\n").filter((row) => /^\d/.test(row));
  const names = rows.map((row) => row.split("\t")[1] ?? "");
  return [...new Set(names.map((name) => name.replace(/^local.*/, "local")))].sort();
}

for (const runner of musterRunners()) {
  describe(`jobs on nodes that are found (${runner.name})`, { skip }, () => {
    it("muster map uses this host and all nodes, with no option", async () => {
      await using bed = new LabBed(runner);
      const { client } = await startThree(bed);
      const args = ["map", "jobs.ts", "--joblog", "run.log"];
      const { code, stdout, stderr } = await bed.startOn(client, args, lines(400)).ended();
      assert.equal(code, 0, stderr);
      assert.equal(stdout, squares(400));
      assert.deepEqual(nodesIn(bed.read("run.log")), ["a1", "a2", "a3", "local"]);
    });

    it("muster map --no-local leaves them to the nodes; one that is named and found is used once", async () => {
      await using bed = new LabBed(runner);
      const { client, nodes } = await startThree(bed);
      const named = ["--nodes", nodes[0]?.address ?? ""];
      for (const more of [[], named]) {
        const args = ["map", "jobs.ts", "--no-local", "--joblog", "run.log", ...more];
        const { code, stdout, stderr } = await bed.startOn(client, args, lines(200)).ended();
        assert.equal(code, 0, stderr);
        assert.equal(stdout, squares(200));
        assert.deepEqual(nodesIn(bed.read("run.log")), ["a1", "a2", "a3"]);
      }
      // The node's own host counts as well where nothing is to run beside it.
      const [first] = nodes;
      assert.ok(first !== undefined);
      const alone = await bed.musterOn(first, ["map", "jobs.ts", "--no-local", "7"]);
      assert.equal(alone.stdout, "49\n", alone.stderr);
    });

    it("says what to do when none is found, with an exit code of its own", async () => {
      await using bed = new LabBed(runner);
      bed.write("jobs.ts", jobs);
      const [client] = bed.addNetwork(1, ["client"]);
      assert.ok(client !== undefined);
      const without = await bed.musterOn(client, ["map", "jobs.ts", "--no-local", "7"]);
      assert.equal(without.code, 2);
      assert.match(without.stderr, /^muster: Cannot use --no-local alone: .*muster keygen.*\n$/);
      await bed.shareSecret([client]);
      const alone = await bed.musterOn(client, ["map", "jobs.ts", "--no-local", "7"]);
      assert.equal(alone.code, 3);
      assert.match(alone.stderr, /^muster: Cannot find a node: .*muster node.*muster doctor.*\n$/);
      const local = await bed.musterOn(client, ["map", "jobs.ts", "7"]);
      assert.deepEqual([local.code, local.stdout, local.stderr.split("\n").length], [0, "49\n", 2]);
    });

    it("nodes that come later join a run that is under way, and one that goes is survived", async () => {
      await using bed = new LabBed(runner);
      bed.write("jobs.ts", jobs);
      const [client, ...nodes] = bed.addNetwork(1, ["client", "a1", "a2"]);
      const [first, second] = nodes;
      assert.ok(client && first && second);
      await bed.shareSecret([client, ...nodes]);
      const [gone] = await bed.startNodes([first]);
      const args = ["map", "jobs.ts", "--no-local", "--reentrant", "--joblog", "run.log"];
      const running = bed.startOn(client, args, null);
      running.write(lines(20));
      await running.until("the first node works", () => running.stdout.includes("\n400\n"));
      await bed.startNodes([second]);
      let written = 20;
      const write = (): void => running.write(`${written += 1}\n`);
      await running.until("the second node works", () => {
        // There is always work, so that a node that joins is given some.
        write();
        return bed.read("run.log").includes("\ta2\t");
      }, 60_000);
      gone?.kill("SIGKILL");
      await gone?.ended();
      for (let more = 0; more < 20; more += 1) write();
      running.closeStdin();
      const { code, stdout, stderr } = await running.ended();
      assert.equal(code, 0, stderr);
      assert.equal(stdout, squares(written));
    });
  });
}

describe("JobCluster", { skip }, () => {
  it("uses nodes that are found, unless it is told otherwise", async () => {
    const [runner] = musterRunners();
    assert.ok(runner !== undefined);
    await using bed = new LabBed(runner);
    const { client } = await startThree(bed);
    bed.write(
      "client.ts",
      `import { JobCluster, parallelMap } from ${JSON.stringify(`${root}/mod.ts`)};
      const pause = async (n: number) => { await new Promise((r) => setTimeout(r, 50)); return n; };
      {
        await using found = await JobCluster.create(pause, { local: 0 });
        const jobs = Array.from({ length: 300 }, (_, n) => found.submit(n));
        const nodes = new Set<string>();
        for (const job of jobs) { await job; nodes.add(job.node ?? ""); }
        console.log([...nodes].sort().join(" "));
      }
      {
        await using near = await JobCluster.create(pause, { discover: false, local: 1 });
        const jobs = Array.from({ length: 40 }, (_, n) => near.submit(n));
        const nodes = new Set<string>();
        for (const job of jobs) { await job; nodes.add(job.node ?? ""); }
        console.log(nodes.size);
      }
      console.log((await parallelMap([1, 2, 3], pause, { local: 1 })).join());`,
    );
    const words = client.command([...scriptCommand, "client.ts"]);
    const { stdout, stderr } = await bed.spawn(words, { env: bed.envOf(client) }).ended();
    assert.equal(stdout, "a1 a2 a3\n1\n1,2,3\n", stderr);
  });
});
