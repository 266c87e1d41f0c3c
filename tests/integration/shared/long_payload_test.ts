import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import { SharedBed } from "../../harness/shared_bed.ts";
import { startThrottle } from "../node/throttle.ts";

/** What a client has measured. */
type Measured = {
  /** How long the job with the long payload took. */
  readonly longMs: number;
  /** How long small jobs took, one after the other, while it was under way. */
  readonly smallMs: readonly number[];
};

/** Runs a job that is given, or gives, so many bytes, and small jobs while it is under way. */
const clientProgram = `
import { SharedJobCluster } from ${JSON.stringify(`${root}/mod.ts`)};

export function give(argument, resultBytes) {
  return resultBytes === 0 ? argument.length : new Uint8Array(resultBytes).fill(7);
}

if (import.meta.main) {
  const [scheduler, argumentBytes, resultBytes] = process.argv.slice(2);
  await using cluster = await SharedJobCluster.create(give, {
    module: import.meta.url,
    scheduler,
    reentrant: true,
  });
  // The code is there, and slots are ready.
  await Promise.all([cluster.submit("", 0), cluster.submit("", 0)]);
  const startMs = performance.now();
  let isOver = false;
  const long = cluster.submit(new Uint8Array(Number(argumentBytes)), Number(resultBytes));
  const longMs = Promise.resolve(long).then((value) => {
    isOver = true;
    const length = typeof value === "number" ? value : value.length;
    if (length !== Number(argumentBytes) + Number(resultBytes)) throw new Error("wrong: " + length);
    return performance.now() - startMs;
  });
  const smallMs = [];
  while (!isOver) {
    const sinceMs = performance.now();
    await cluster.submit("small", 0);
    smallMs.push(performance.now() - sinceMs);
  }
  console.log(JSON.stringify({ longMs: await longMs, smallMs }));
}
`;

const longBytes = 48 * 1024 * 1024;

/** Had small jobs to wait for the long payload, one would take most of the time that this takes. */
function assertPassed({ longMs, smallMs }: Measured): void {
  const worstMs = Math.max(...smallMs);
  const seen = `long payload ${longMs.toFixed(0)} ms; ${smallMs.length} small jobs meanwhile, ` +
    `worst ${worstMs.toFixed(0)} ms`;
  process.stdout.write(`${seen}\n`);
  assert.ok(worstMs < 0.6 * longMs, seen);
}

for (const runner of musterRunners()) {
  describe(`a long payload on its way through a scheduler (${runner.name})`, () => {
    it("lets small jobs pass between client and scheduler", async () => {
      await using bed = new SharedBed(runner);
      const node = await bed.node(["--cpus", "2"]);
      const scheduler = await bed.scheduler(["--nodes", node.address]);
      await using line = await startThrottle(scheduler.address);
      bed.write("client.ts", clientProgram);
      const args = [line.address, String(longBytes), "0"];
      const client = bed.script("client.ts", args, { env: bed.env, deadlineMs: 100_000 });
      const { code, stdout, stderr } = await client.ended();
      assert.equal(code, 0, stderr);
      assertPassed(JSON.parse(stdout) as Measured);
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });

    it("lets small jobs pass between scheduler and node", async () => {
      await using bed = new SharedBed(runner);
      const node = await bed.node(["--cpus", "2"]);
      await using line = await startThrottle(node.address);
      const scheduler = await bed.scheduler(["--nodes", line.address]);
      bed.write("client.ts", clientProgram);
      const args = [scheduler.address, String(longBytes), "0"];
      const client = bed.script("client.ts", args, { env: bed.env, deadlineMs: 100_000 });
      const { code, stdout, stderr } = await client.ended();
      assert.equal(code, 0, stderr);
      assertPassed(JSON.parse(stdout) as Measured);
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });

    it("lets the results of small jobs pass on the way back", async () => {
      await using bed = new SharedBed(runner);
      const scheduler = await bed.scheduler([]);
      await using line = await startThrottle(scheduler.address);
      const node = await bed.node(["--cpus", "2", "--dial", line.address]);
      bed.write("client.ts", clientProgram);
      const args = [scheduler.address, "0", String(longBytes)];
      const client = bed.script("client.ts", args, { env: bed.env, deadlineMs: 100_000 });
      const { code, stdout, stderr } = await client.ended();
      assert.equal(code, 0, stderr);
      assertPassed(JSON.parse(stdout) as Measured);
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });
  });
}
