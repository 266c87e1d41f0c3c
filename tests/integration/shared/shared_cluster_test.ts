import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import { SharedBed } from "../../harness/shared_bed.ts";

const jobs = `
export default function square(text: string): number {
  if (text === "13") throw new Error("unlucky");
  return Number(text) ** 2;
}
import { existsSync, writeFileSync } from "node:fs";
export async function gated(text: string): Promise<string> {
  writeFileSync(text + "-reached", "");
  while (!existsSync(text)) await new Promise((resolve) => setTimeout(resolve, 10));
  return "open";
}
export async function heldUp(text: string): Promise<number> {
  if (text.endsWith("/50")) await gated(text);
  return Number(text.split("/").at(-1));
}
export async function slowly(text: string): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return Number(text);
}
`;

const range = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);
const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** One line that says what came of all jobs; a job with a result was accepted. */
function ledger(submitted: number, printed: readonly string[]): string {
  const delivered = new Set(printed).size;
  const duplicates = printed.length - delivered;
  const lost = submitted - delivered;
  return `submitted=${submitted} acked=${delivered} delivered=${delivered} duplicates=${duplicates} lost=${lost}`;
}

for (const runner of musterRunners()) {
  describe(`a shared scheduler (${runner.name})`, () => {
    it("gives the output that a local run gives, failures as well", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const node = await bed.node(["--cpus", "2"]);
      const scheduler = await bed.scheduler(["--nodes", node.address]);
      const map = ["map", "jobs.ts", ...range(100)];
      const local = await bed.muster([...map, "--no-discover"], { env: bed.env });
      const there = await bed.muster([...map, "--scheduler", scheduler.address], { env: bed.env });
      assert.equal(there.stdout, local.stdout);
      assert.deepEqual([local.code, there.code], [1, 1]);
      assert.match(there.stderr, /failed input 14: "13" on /);
      assert.match(there.stderr, /Error: unlucky\n {4}at square \(jobs\.ts:3:/);
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });

    it("is killed in the middle of a map and started again: every result once", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const count = 600;
      const node = await bed.node(["--cpus", "2"]);
      const first = await bed.scheduler(["--nodes", node.address]);
      const args = ["map", "jobs.ts#slowly", ...range(count), "--reentrant"];
      const client = bed.start([...args, "--scheduler", first.address], { env: bed.env });
      await client.until("some are done", () => linesOf(client.stdout).length > 50);
      first.process.kill("SIGKILL");
      await first.process.ended();
      const port = first.address.split(":")[1];
      const second = await bed.scheduler(["--nodes", node.address], port);
      const { code, stdout, stderr } = await client.ended();
      assert.equal(code, 0, stderr);
      assert.deepEqual(linesOf(stdout), range(count));
      const line = ledger(count, linesOf(stdout));
      process.stdout.write(`${line}\n`);
      assert.match(line, / delivered=600 duplicates=0 lost=0$/);
      await bed.stopScheduler(second);
      await stopNode(node.process);
    });

    it("is killed and started again while a job runs that may not run twice, which goes on", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const node = await bed.node(["--cpus", "1"]);
      // On a busy machine a start takes its time.
      const flags = ["--nodes", node.address, "--lost-after", "60s"];
      const first = await bed.scheduler(flags);
      const gate = `${bed.folder}/gate`;
      const args = ["map", "jobs.ts#gated", gate, "--scheduler", first.address];
      const client = bed.start(args, { env: bed.env });
      await client.until("it runs", () => existsSync(`${gate}-reached`));
      first.process.kill("SIGKILL");
      await first.process.ended();
      const second = await bed.scheduler(flags, first.address.split(":")[1]);
      await second.process.until(
        "the node is back",
        () => / connected at /.test(second.process.stderr),
      );
      bed.write("gate", "");
      const { code, stdout, stderr } = await client.ended();
      assert.deepEqual([code, stdout], [0, '"open"\n'], stderr);
      await bed.stopScheduler(second);
      await stopNode(node.process);
    });

    it("uses a node that is connected twice", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const node = await bed.node(["--cpus", "1"]);
      const scheduler = await bed.scheduler([
        "--nodes",
        `${node.address},localhost:${node.address.split(":")[1]}`,
      ]);
      const { process: running } = scheduler;
      const links = (): number => node.process.stderr.split(" connected from ").length - 1;
      await running.until("both have connected", () => links() >= 2);
      const args = ["map", "jobs.ts", "3", "4", "--scheduler", scheduler.address];
      const { code, stdout, stderr } = await bed.muster(args, { env: bed.env });
      assert.deepEqual([code, stdout], [0, "9\n16\n"], stderr);
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });

    it("keeps what was submitted, for another process to get", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const node = await bed.node(["--cpus", "2"]);
      const scheduler = await bed.scheduler(["--nodes", node.address]);
      const at = ["--scheduler", scheduler.address];
      const submit = ["submit", "jobs.ts", ...range(50), "--name", "nightly", ...at];
      const submitted = await bed.muster(submit, { env: bed.env });
      assert.deepEqual([submitted.code, submitted.stdout], [0, "nightly\n"], submitted.stderr);
      const status = await bed.muster(["status", ...at], { env: bed.env });
      assert.match(status.stdout, /^nightly +left +\d+ +\d+$/m);
      const results = await bed.muster(["results", "nightly", ...at], { env: bed.env });
      assert.equal(results.code, 1, results.stderr);
      const expected = range(50).filter((text) => text !== "13").map((text) =>
        `${Number(text) ** 2}`
      );
      assert.deepEqual(linesOf(results.stdout), expected);
      assert.match(results.stderr, /failed input 14 on .*\n {2}Error: unlucky/);
      const again = await bed.muster(["attach", "nightly", ...at], { env: bed.env });
      assert.deepEqual([again.code, again.stderr], [
        2,
        'muster: Cannot attach to "nightly": The scheduler knows no cluster of that name\n',
      ]);
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });

    it("gives the rest to another process when the one that printed is killed", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const count = 400;
      const node = await bed.node(["--cpus", "2"]);
      const scheduler = await bed.scheduler(["--nodes", node.address]);
      const at = ["--scheduler", scheduler.address];
      const submit = ["submit", "jobs.ts#slowly", ...range(count), "--name", "n", ...at];
      assert.equal((await bed.muster(submit, { env: bed.env })).code, 0);
      const first = bed.start(["results", "n", ...at], { env: bed.env });
      // Of so many, the acknowledgements of the first ones have left.
      await first.until("half is printed", () => linesOf(first.stdout).length > count / 2);
      first.kill("SIGKILL");
      const killed = await first.ended();
      const second = await bed.muster(["attach", "n", ...at], { env: bed.env });
      assert.equal(second.code, 0, second.stderr);
      // The kill may have cut the last line.
      const whole = killed.stdout.slice(0, killed.stdout.lastIndexOf("\n") + 1);
      const printed = [...linesOf(whole), ...linesOf(second.stdout)];
      process.stdout.write(`${ledger(count, printed)}\n`);
      assert.deepEqual([...new Set(printed)], range(count));
      // Of those that were printed, the ones whose acknowledgement had not left come again.
      assert.ok(linesOf(second.stdout).length < count);
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });

    it("keeps what a map that is killed has not printed, also what waits for its turn", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const count = 200;
      const node = await bed.node(["--cpus", "2"]);
      const scheduler = await bed.scheduler(["--nodes", node.address]);
      const at = ["--scheduler", scheduler.address];
      // One holds up the printing of those behind it.
      const inputs = range(count).map((text) => text === "50" ? `${bed.folder}/50` : text);
      const args = ["map", "jobs.ts#heldUp", ...inputs, "--name", "m", "--reentrant"];
      const first = bed.start([...args, ...at], { env: bed.env });
      await first.until("the others are done", () => existsSync(`${bed.folder}/50-reached`));
      await first.until("those before are printed", () => linesOf(first.stdout).length === 50);
      const left = async (): Promise<boolean> => {
        const { stdout } = await bed.muster(["status", "--json", ...at], { env: bed.env });
        const [cluster] = JSON.parse(stdout).clusters;
        return cluster.open === 1 && cluster.settled === count - 51;
      };
      while (!await left());
      first.kill("SIGKILL");
      const killed = await first.ended();
      bed.write("50", "");
      const second = await bed.muster(["results", "m", ...at], { env: bed.env });
      assert.equal(second.code, 0, second.stderr);
      assert.deepEqual([...linesOf(killed.stdout), ...linesOf(second.stdout)], range(count));
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });

    it("takes more jobs than it has room for, one after the other", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const node = await bed.node(["--cpus", "2"]);
      const scheduler = await bed.scheduler(["--nodes", node.address, "--max-open-jobs", "10"]);
      const args = ["map", "jobs.ts#slowly", ...range(60), "--scheduler", scheduler.address];
      const { code, stdout, stderr } = await bed.muster(args, { env: bed.env });
      assert.equal(code, 0, stderr);
      assert.deepEqual(linesOf(stdout), range(60));
      await bed.stopScheduler(scheduler);
      await stopNode(node.process);
    });

    it("is told of in one line when it is not there, or has another secret", async () => {
      await using bed = new SharedBed(runner);
      bed.write("jobs.ts", jobs);
      const args = ["map", "jobs.ts", "1", "--scheduler"];
      const nobody = await bed.muster([...args, "127.0.0.1:1"], { env: bed.env });
      assert.equal(nobody.code, 3);
      assert.match(nobody.stderr, /^muster: Cannot connect to 127\.0\.0\.1:1: .*\n$/);
      const scheduler = await bed.scheduler([]);
      const env = { MUSTER_HOME: `${bed.folder}/others` };
      const stranger = await bed.muster([...args, scheduler.address], { env });
      assert.equal(stranger.code, 3);
      assert.match(stranger.stderr, /^muster: .*secret.*\n$/);
      await bed.stopScheduler(scheduler);
    });
  });
}
