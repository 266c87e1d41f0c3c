import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { NodeBed, type StartedNode, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import type { Ended } from "../../harness/running_process.ts";

const jobs = `
import { writeFileSync } from "node:fs";

export function end(how: string): string {
  console.log("log " + how);
  if (how === "exit") process.exit(3);
  if (how === "kill") process.kill(process.pid, "SIGKILL");
  if (how === "throw") setTimeout(() => { throw new RangeError("late"); }, 0);
  if (how === "throw") return new Promise(() => {}) as never;
  return how;
}

export function pid(text: string): string {
  const until = performance.now() + 20;
  while (performance.now() < until);
  return String(process.pid);
}

export function spin(text: string): string {
  if (text === "begin") writeFileSync("begun", "");
  while (text === "spin" || text === "begin");
  return text;
}

export async function wait(text: string): Promise<string> {
  if (text === "wait") await new Promise(() => setInterval(() => {}, 1000));
  return text;
}
`;

/** A node whose jobs share a process, and what is mapped there. */
class SharedBed extends NodeBed {
  readonly #started: Promise<StartedNode> = this.#startNode();

  async #startNode(): Promise<StartedNode> {
    // Jobs on a node have a folder of their own.
    this.write("jobs.ts", jobs.replace('"begun"', JSON.stringify(`${this.folder}/begun`)));
    return await this.node(["--cpus", "2", "--isolation", "worker"]);
  }

  async map(name: string, ...args: string[]): Promise<Ended> {
    const { address } = await this.#started;
    const flags = ["--nodes", address, "--no-local"];
    return await this.muster(["map", `jobs.ts#${name}`, ...flags, ...args], { env: this.env });
  }

  async daemon(): Promise<StartedNode> {
    return await this.#started;
  }

  async stop(): Promise<void> {
    await stopNode((await this.#started).process);
  }
}

const others = Array.from({ length: 30 }, (_, index) => `other${index}`);
const quoted = (texts: readonly string[]): string => texts.map((text) => `"${text}"\n`).join("");

for (const runner of musterRunners()) {
  describe(`muster node --isolation worker (${runner.name})`, () => {
    it("runs all jobs of a client in one process that is not the daemon's", async () => {
      await using bed = new SharedBed(runner);
      const { stdout, code } = await bed.map("pid", ...others);
      assert.equal(code, 0);
      const pids = new Set(stdout.trimEnd().split("\n"));
      assert.equal(pids.size, 1);
      assert.ok(!pids.has(`"${(await bed.daemon()).process.pid}"`));
      await bed.stop();
    });

    it("tells what jobs print, and how one ended its Worker, and leaves the others alone", async () => {
      await using bed = new SharedBed(runner);
      const { stdout, stderr } = await bed.map("end", ...others, "exit", "throw", ...others);
      assert.equal(stdout, quoted([...others, ...others]));
      assert.match(stderr, /^log other0\nlog other1\n/);
      assert.match(stderr, /input 31: "exit".*\n.*by calling exit\(3\)/);
      assert.match(stderr, /input 32: "throw".*\n.*with an uncaught RangeError: late/);
      assert.match(stderr, /\n60 done, 2 failed/);
      await bed.stop();
    });

    it("finds out which job ended the process, and runs the others again without blame", async () => {
      await using bed = new SharedBed(runner);
      // In a Worker of Deno a signal to its own process has no effect, so a child sends it.
      bed.write(
        "kills.ts",
        `import { spawnSync } from "node:child_process";
         export default function kills(text: string): string {
           if (text === "kill") spawnSync("kill", ["-9", String(process.pid)]);
           return text;
         }`,
      );
      const { address } = await bed.daemon();
      const inputs = [...others, "kill", ...others];
      const args = ["map", "kills.ts", "--nodes", address, "--no-local", ...inputs];
      const { stdout, stderr } = await bed.muster(args, { env: bed.env });
      assert.equal(stdout, quoted([...others, ...others]));
      assert.match(stderr, /input 31: "kill".*\n.*with signal SIGKILL/);
      assert.match(stderr, /\n60 done, 1 failed/);
      await bed.stop();
    });

    it("stops a busy job for certain, and a waiting one, and the others are done", async () => {
      await using bed = new SharedBed(runner);
      for (const [name, input] of [["spin", "spin"], ["wait", "wait"]] as const) {
        const { stdout, stderr } = await bed.map(name, "--timeout", "1s", "a", input, ...others);
        assert.equal(stdout, quoted(["a", ...others]));
        assert.match(stderr, /ran longer than its time limit/);
        assert.match(stderr, /\n31 done, 1 failed/);
      }
      const node = (await bed.daemon()).process;
      const before = node.cpuMs;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.ok(node.cpuMs - before < 500, "nothing spins any more");
      await bed.stop();
    });

    it("refuses memory limits, which Workers cannot keep", async () => {
      await using bed = new SharedBed(runner);
      const { code, stderr } = await bed.map("pid", "--memory-limit", "1GB", "a");
      assert.equal(code, 1);
      assert.match(stderr, /UsageError: Cannot keep memoryLimit 1 GB on this node/);
      await bed.stop();
    });

    it("leaves no process behind when it is killed", {
      skip: process.platform !== "linux" && "it needs /proc",
    }, async () => {
      await using bed = new SharedBed(runner);
      const { process: node, address } = await bed.daemon();
      const args = ["map", "jobs.ts#spin", "--nodes", address, "--no-local", "begin", "spin"];
      const client = bed.start(args, { env: bed.env });
      await node.until("it begins", () => existsSync(`${bed.folder}/begun`));
      assert.ok(node.family.length >= 2);
      node.kill("SIGKILL");
      await Promise.all([node.ended(), client.ended()]);
      // The bed fails if anything is left.
    });
  });
}
