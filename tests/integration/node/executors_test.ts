import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";

const isLinux = process.platform === "linux";

const jobs = `
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";

/** Burns CPU until it is killed, beside a child that would outlive it; both leave their process ids. */
export function burn(name: string): void {
  const child = spawn("sleep", ["300"], { stdio: "ignore" });
  // Jobs on a node have a folder of their own.
  const folder = process.env["PIDS"] ?? "pids";
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + "/" + name, process.pid + "\\n" + child.pid);
  for (;;);
}

export function end(how: string): string {
  if (how === "exit") process.exit(3);
  if (how === "abort") process.abort();
  if (how === "kill") process.kill(process.pid, "SIGKILL");
  return how;
}

export function print(text: string): string {
  console.log("console " + text);
  writeSync(1, "raw " + text + "\\n");
  return text;
}

export function grow(text: string): string {
  const kept: Uint8Array[] = [];
  while (text === "grow") {
    kept.push(new Uint8Array(20_000_000).fill(1));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  return text;
}

export function surroundings(): unknown {
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync("/proc/self/fd/" + fd);
    } catch {
      return "";
    }
  });
  const started = readFileSync("/proc/self/environ", "utf8");
  return { env: process.env, argv: process.argv, execArgv: process.execArgv, links, started };
}

/** The parts of this process's writable memory that are there, and not only set aside. */
function* presentMemory(): Generator<readonly [from: number, to: number]> {
  const pagemap = openSync("/proc/self/pagemap", "r");
  const entries = new Uint8Array(8 * 4096);
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\\n")) {
    const [, from = "", to = ""] = /^(\\w+)-(\\w+) rw/.exec(line) ?? [];
    const end = parseInt(to, 16);
    for (let at = parseInt(from, 16); at < end; at += 4096 * 4096) {
      const count = readSync(pagemap, entries, 0, entries.length, at / 4096 * 8) / 8;
      for (let page = 0; page < count && at + page * 4096 < end; page += 1) {
        const begin = page;
        while (page < count && at + page * 4096 < end && entries[8 * page + 7]! >= 0x80) page += 1;
        if (page > begin) yield [at + begin * 4096, at + page * 4096];
      }
    }
  }
}

/** Looks for bytes in all the memory of this process. They come masked, so that only the original can be found. */
export function findInMemory(text: string): number {
  const masked = Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  const first = masked[0]! ^ 0x55;
  const memory = openSync("/proc/self/mem", "r");
  let found = 0;
  for (const [from, to] of presentMemory()) {
    const bytes = new Uint8Array(to - from);
    try {
      readSync(memory, bytes, 0, bytes.length, from);
    } catch {
      continue; // Gone meanwhile.
    }
    for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
      if (masked.every((byte, index) => (byte ^ 0x55) === bytes[at + index])) found += 1;
    }
    bytes.fill(0);
  }
  return found;
}
`;

function masked(bytes: Uint8Array): string {
  return Buffer.from(bytes.map((byte) => byte ^ 0x55)).toString("hex");
}

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^\d+ \(.*\) [ZX]/s.test(stat);
  } catch {
    return false;
  }
}

class ExecutorBed extends NodeBed {
  override readonly env: Readonly<Record<string, string>> = {
    MUSTER_HOME: `${this.folder}/keys`,
    PIDS: `${this.folder}/pids`,
  };

  /** Waits for the given number of `burn` jobs and gives the ids of their processes. */
  async burning(count: number): Promise<number[]> {
    const folder = `${this.folder}/pids`;
    const pids = (): number[] =>
      !existsSync(folder)
        ? []
        : readdirSync(folder).flatMap((name) =>
          this.read(`pids/${name}`).split("\n").map(Number).filter((pid) => pid > 0)
        );
    const deadline = performance.now() + 40_000;
    while (pids().length < 2 * count) {
      assert.ok(performance.now() < deadline, "the jobs begin");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return pids();
  }
}

/** Asserts that none is left after 5 s. */
async function assertGone(pids: readonly number[]): Promise<void> {
  assert.ok(pids.every(isAlive), "all live before");
  const deadline = performance.now() + 5000;
  while (pids.some(isAlive) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(pids.filter(isAlive), []);
}

for (const runner of musterRunners()) {
  describe(`executors (${runner.name})`, () => {
    it("leave a node that answers while all its slots burn CPU", {
      skip: !isLinux && "it needs /proc",
    }, async () => {
      await using bed = new ExecutorBed(runner);
      bed.write("jobs.ts", jobs);
      const { process: node, address } = await bed.node(["--cpus", "4"]);
      const args = ["map", "jobs.ts#burn", "a", "b", "c", "d"];
      const client = bed.start([...args, "--nodes", address, "--no-local"], { env: bed.env });
      await bed.burning(4);
      const [host, port] = address.split(":");
      const path = bed.write(
        "second.ts",
        `import { openNetwork } from "${root}/lib/client/network.ts";
         import { decodeNodeMessage } from "${root}/lib/wire/node_codec.ts";
         import { encodeClientMessage } from "${root}/lib/wire/node_codec_client.ts";
         const target = { host: "${host}", port: ${port} };
         const network = await openNetwork([target.host], { secretFile: undefined, onWarning: console.error });
         for (let round = 0; round < 5; round += 1) {
           const startMs = performance.now();
           const connection = await network.dial(target, AbortSignal.timeout(20_000));
           const wanted = new Set(["wantCode", "status"]);
           const told = Promise.withResolvers<void>();
           connection.onMessage = (bytes) => {
             wanted.delete(decodeNodeMessage(bytes).type);
             if (wanted.size === 0) told.resolve();
           };
           connection.onClose = () => {};
           connection.send(encodeClientMessage({ type: "status" }));
           connection.send(encodeClientMessage({ type: "open", computation: "ab".repeat(32) as never }));
           await told.promise;
           console.log(performance.now() - startMs);
           await connection.close();
         }
         process.exit(0);`,
      );
      const { stdout, stderr } = await bed.script(path, [], { env: bed.env }).ended();
      const answers = stdout.trimEnd().split("\n").map(Number).toSorted((a, b) => a - b);
      assert.equal(answers.length, 5, stderr);
      // A heartbeat that is late by more than this makes a node suspect.
      assert.ok((answers[2] ?? Infinity) < 3000, stdout);
      client.kill("SIGINT");
      assert.equal((await client.ended()).code, 130);
      await stopNode(node);
    });

    it("end, with what their jobs started, when their node is killed", {
      skip: !isLinux && "it needs /proc",
    }, async () => {
      await using bed = new ExecutorBed(runner);
      bed.write("jobs.ts", jobs);
      const { process: node, address } = await bed.node(["--cpus", "2"]);
      const args = ["map", "jobs.ts#burn", "a", "b", "--nodes", address, "--no-local"];
      const client = bed.start(args, { env: bed.env });
      const pids = await bed.burning(2);
      node.kill("SIGKILL");
      await assertGone(pids);
      assert.match((await client.ended()).stderr, /The node that held the job was lost/);
      await node.ended();
    });

    it("end, with what their jobs started, when the program of their cluster is killed", {
      skip: !isLinux && "it needs /proc",
    }, async () => {
      await using bed = new ExecutorBed(runner);
      bed.write("jobs.ts", jobs);
      const args = ["map", "jobs.ts#burn", "a", "b", "--jobs", "2", "--isolation", "process"];
      const client = bed.start(args);
      const pids = await bed.burning(2);
      client.kill("SIGKILL");
      await assertGone(pids);
      await client.ended();
    });

    it("tell how a job ended its process, and run those beside it again", async () => {
      await using bed = new ExecutorBed(runner);
      bed.write("jobs.ts", jobs);
      const { process: node, address } = await bed.node(["--cpus", "2"]);
      const others = Array.from({ length: 20 }, (_, index) => `other${index}`);
      const inputs = [...others, "exit", "abort", "kill", ...others];
      for (const where of [["--nodes", address, "--no-local"], ["--isolation", "process"]]) {
        const args = ["map", "jobs.ts#end", ...where, "--joblog", "log", ...inputs];
        const { code, stdout, stderr } = await bed.muster(args, { env: bed.env });
        assert.equal(code, 1);
        assert.deepEqual(
          stdout.trimEnd().split("\n"),
          [...others, ...others].map((text) => `"${text}"`),
        );
        assert.match(stderr, /input 21: "exit".*\n.*by calling exit\(3\)/);
        assert.match(stderr, /input 22: "abort".*\n.*with signal SIGABRT/);
        assert.match(stderr, /input 23: "kill".*\n.*with signal SIGKILL/);
        assert.match(stderr, /\n40 done, 3 failed/);
      }
      await stopNode(node);
    });

    it("catch what jobs print on a node, raw writes too, and keep to a memory limit", async () => {
      await using bed = new ExecutorBed(runner);
      bed.write("jobs.ts", jobs);
      const { process: node, address } = await bed.node(["--cpus", "2"]);
      const where = ["--nodes", address, "--no-local"];
      const printed = await bed.muster(["map", "jobs.ts#print", ...where, "x"], { env: bed.env });
      assert.match(printed.stderr, /^console x\nraw x\n1 done/);
      const args = ["map", "jobs.ts#grow", ...where, "--memory-limit", "400MB", "a", "grow", "b"];
      const limited = await bed.muster(args, { env: bed.env });
      assert.equal(limited.stdout, '"a"\n"b"\n');
      assert.match(limited.stderr, /used more than its memory limit of 400 MB and was stopped/);
      assert.doesNotMatch(node.stderr, /console|raw/);
      const refused = await bed.muster(["map", "jobs.ts#grow", "--memory-limit", "lots", "a"]);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /^muster: Cannot use --memory-limit lots: give at least 100 MB/);
      await stopNode(node);
    });

    it("hold nothing of the cluster's secret, nor of where it is", {
      skip: !isLinux && "it needs /proc",
    }, async () => {
      await using bed = new ExecutorBed(runner);
      bed.write("jobs.ts", jobs);
      await bed.muster(["keygen"], { env: bed.env });
      const key = /muster1-cluster-(\S+)/.exec(bed.read("keys/secret"))?.[1] ?? "";
      const secret = Uint8Array.fromBase64(key, { alphabet: "base64url" }).subarray(0, 32);
      const env = { ...bed.env, MUSTER_SECRET_FILE: `${bed.folder}/keys/secret`, MUSTER_X: "x" };
      const { process: node, address } = await bed.node(
        ["--cpus", "1", "--host", "127.0.0.1"],
        env,
      );
      const where = ["--nodes", address, "--no-local", "--no-discover"];
      const seen = await bed.muster(["map", "jobs.ts#surroundings", ...where, "1"], { env });
      const result = JSON.parse(seen.stdout);
      assert.equal(result.env.TERM, "xterm");
      assert.doesNotMatch(seen.stdout, /(?<!TESTS_OF_)MUSTER_|\/keys|host_key|muster1-/);
      // The first two are there, which shows that the search finds what is.
      const texts = ["muster.scope", "function findInMemory"];
      const inputs = [...texts.map((text) => Buffer.from(text)), Buffer.from(key), secret];
      const args = ["map", "jobs.ts#findInMemory", ...where, ...inputs.map(masked)];
      const { stdout, stderr } = await bed.muster(args, { env });
      const [first = 0, second = 0, ...keys] = stdout.trimEnd().split("\n").map(Number);
      assert.ok(first > 0 && second > 0, `${stdout}${stderr}`);
      assert.deepEqual(keys, [0, 0]);
      await stopNode(node);
    });
  });
}
