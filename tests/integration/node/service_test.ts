import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { allRunners } from "../../harness/runners.ts";

const needsProc = process.platform !== "linux" && "the environment of a process is read from /proc";

/** What a process was started with. */
function environmentOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
}

for (const runner of allRunners()) {
  const isBun = runner.name !== "deno";

  describe(`a daemon's process (${runner.name})`, () => {
    it("has Bun keep freed memory for some seconds", { skip: needsProc }, async () => {
      await using bed = new NodeBed(runner);
      const { process: node } = await bed.node(["--cpus", "1"]);
      const settings = environmentOf(node.pid).filter((each) => each.startsWith("MIMALLOC_"))
        .sort();
      const expected = ["MIMALLOC_PURGE_DELAY=10000", "MIMALLOC_PURGE_HOLES=0"];
      assert.deepEqual(settings, isBun ? expected : []);
      await stopNode(node);
    });

    it("goes on when nobody reads any more what it tells", async () => {
      await using bed = new NodeBed(runner);
      bed.useJobs();
      const flags = ["--cpus", "1", "--log-level", "debug"];
      const { process: node, address } = await bed.node(flags);
      node.closeStderr();
      const map = ["map", "jobs.ts", "7", "--nodes", address, "--no-local"];
      for (let round = 0; round < 2; round += 1) {
        const { stdout, stderr } = await bed.muster(map, { env: bed.env });
        assert.equal(stdout, "49\n", stderr);
      }
      await stopNode(node);
    });

    it("leaves what its user has set as it is", { skip: needsProc }, async () => {
      await using bed = new NodeBed(runner);
      const env = { ...bed.env, MIMALLOC_PURGE_DELAY: "50" };
      const { process: node } = await bed.node(["--cpus", "1"], env);
      assert.ok(environmentOf(node.pid).includes("MIMALLOC_PURGE_DELAY=50"));
      await stopNode(node);
    });
  });
}
