import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import { startThrottle } from "./throttle.ts";

const jobs = `
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

export default function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

export function spoil(path: string): string {
  const before = readFileSync(path, "utf8");
  writeFileSync(path, "spoilt");
  return before;
}

export function wait(path: string): Promise<never> {
  writeFileSync(path, "begun");
  return new Promise(() => setInterval(() => {}, 1000));
}
`;

const readerJob = `
import { readFileSync } from "node:fs";
const text = readFileSync(new URL("./a.txt", import.meta.url), "utf8");
export default (): string => text + " " + import.meta.filename;
`;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Whether a process was started with a path in this folder. */
function isInUse(folder: string): boolean {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${folder}/`);
    } catch {
      return false; // It has just ended.
    }
  });
}

/** A bed with files to send, and a node whose own files can be looked at. */
class FilesBed extends NodeBed {
  readonly dest = join(this.folder, "dest");

  prepare(): this {
    this.write("jobs.ts", jobs);
    mkdirSync(join(this.folder, "data/deep"), { recursive: true });
    this.write("data/a.txt", "alpha");
    this.write("data/deep/b.txt", "beta");
    return this;
  }

  /** Folders of jobs that the node keeps now. */
  get jobFolders(): string[] {
    const daemons = readdirSync(this.dest, { withFileTypes: true })
      .filter((entry) => entry.isDirectory());
    return daemons.flatMap(({ name }) =>
      readdirSync(join(this.dest, name)).filter((each) => each.startsWith("job-"))
        .map((each) => join(this.dest, name, each))
    );
  }
}

for (const runner of musterRunners()) {
  describe(`files for nodes (${runner.name})`, () => {
    it("are where the jobs look for them, there and here", async () => {
      await using bed = new FilesBed(runner).prepare();
      const { process, address } = await bed.node(["--dest-path", bed.dest]);
      const args = [
        "map",
        "jobs.ts",
        "--raw",
        "data/a.txt",
        "data/deep/b.txt",
        "--depends",
        "data",
      ];
      const expected = `${sha256(Buffer.from("alpha"))}\n${sha256(Buffer.from("beta"))}\n`;
      const there = ["--nodes", address, "--no-local"];
      const remote = await bed.muster([...args, ...there], { env: bed.env });
      assert.equal(remote.stdout, expected, remote.stderr);
      assert.equal((await bed.muster(args, { env: bed.env })).stdout, expected);
      await process.until("the folder is gone", () => bed.jobFolders.length === 0);
      await stopNode(process);
    });

    it("are also those that the code names beside itself", async () => {
      await using bed = new FilesBed(runner).prepare();
      bed.write("data/reader.ts", readerJob);
      const { process, address } = await bed.node(["--dest-path", bed.dest]);
      const args = ["map", "data/reader.ts", "--raw", "1", "--nodes", address, "--no-local"];
      const { stdout, stderr } = await bed.muster(args, { env: bed.env });
      const [text = "", path = ""] = stdout.trimEnd().split(" ");
      assert.equal(text, "alpha", stderr);
      assert.ok(path.startsWith(bed.dest) && path.endsWith("/data/reader.ts"), path);
      await stopNode(process);
    });

    it("are copies: what a job does to its own, the next client does not see", async () => {
      await using bed = new FilesBed(runner).prepare();
      const { process, address } = await bed.node(["--dest-path", bed.dest]);
      const args = ["map", "jobs.ts#spoil", "--raw", "data/a.txt", "--depends", "data/*.txt"];
      for (let round = 0; round < 2; round += 1) {
        const flags = ["--nodes", address, "--no-local"];
        const { stdout, stderr } = await bed.muster([...args, ...flags], { env: bed.env });
        assert.equal(stdout, "alpha\n", stderr);
      }
      assert.equal(bed.read("data/a.txt"), "alpha");
      await stopNode(process);
    });

    it("of 20 MB arrive whole over a slow line, and jobs of others go on; the second time nothing is sent", async () => {
      await using bed = new FilesBed(runner).prepare();
      const big = randomBytes(20 * 1024 * 1024);
      writeFileSync(join(bed.folder, "big.bin"), big);
      const { process, address } = await bed.node(["--dest-path", bed.dest, "--cpus", "1"]);
      await using slow = await startThrottle(address);
      const args = ["map", "jobs.ts", "--raw", "big.bin", "--depends", "big.bin", "--no-local"];
      const sending = bed.start([...args, "--nodes", slow.address], { env: bed.env });
      await sending.until("half of it is on the way", () => slow.toNodeBytes > big.length / 2);
      slow.bytesPerSecond = 128 * 1024;
      const other = ["map", "jobs.ts", "--raw", "data/a.txt", "--depends", "data", "--no-local"];
      const { stdout } = await bed.muster([...other, "--nodes", address], { env: bed.env });
      assert.equal(stdout, `${sha256(Buffer.from("alpha"))}\n`);
      assert.ok(slow.toNodeBytes < big.length, "the other client was served meanwhile");
      slow.bytesPerSecond = Infinity;
      assert.equal((await sending.ended()).stdout, `${sha256(big)}\n`);
      const before = slow.toNodeBytes;
      const again = await bed.muster([...args, "--nodes", slow.address], { env: bed.env });
      assert.equal(again.stdout, `${sha256(big)}\n`);
      assert.ok(slow.toNodeBytes - before < 100_000, String(slow.toNodeBytes - before));
      await stopNode(process);
    });

    it("that may not travel are refused here, in one line", async () => {
      await using bed = new FilesBed(runner).prepare();
      for (const pattern of ["missing", "../*", "/etc/passwd", "data/none*"]) {
        const args = ["map", "jobs.ts", "data/a.txt", "--depends", pattern];
        const { code, stderr } = await bed.muster(args);
        assert.equal(code, 2, stderr);
        assert.match(stderr, /^muster: Cannot send .+\n$/);
      }
    });

    it("are removed from the node when the client is killed, and by the next daemon when the node is", async () => {
      await using bed = new FilesBed(runner).prepare();
      const node = await bed.node(["--dest-path", bed.dest]);
      const args = ["map", "jobs.ts#wait", "data/a.txt", "--depends", "data", "--no-local"];
      const start = async (address: string) => {
        const running = bed.start([...args, "--nodes", address], { env: bed.env });
        await running.until("the job runs there", () => {
          const paths = bed.jobFolders.map((path) => join(path, "data/a.txt"));
          return paths.some((path) => existsSync(path) && readFileSync(path, "utf8") === "begun");
        });
        return running;
      };
      const killed = await start(node.address);
      killed.kill("SIGKILL");
      await killed.ended();
      await node.process.until("the folder is gone", () => bed.jobFolders.length === 0);
      const left = await start(node.address);
      node.process.kill("SIGKILL");
      await node.process.ended();
      assert.equal(bed.jobFolders.length, 1);
      // In Deno they hold the socket by which a living daemon is known.
      await left.until("its executors are gone", () => !isInUse(bed.dest));
      await left.ended();
      const next = await bed.node(["--dest-path", bed.dest]);
      assert.equal(bed.jobFolders.length, 0);
      await stopNode(next.process);
      assert.deepEqual(readdirSync(bed.dest), []);
    });
  });
}
