import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";

const isLinux = process.platform === "linux";

/** What a process runs. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return ""; // It has just ended.
  }
}

for (const runner of musterRunners()) {
  describe(`muster exec with nodes (${runner.name})`, () => {
    it("runs programs on a node as it does here", async () => {
      await using bed = new NodeBed(runner);
      const { process: node, address } = await bed.node(["--name", "n1", "--cpus", "2"]);
      const nodes = ["--nodes", address, "--no-local"];
      const script = "printf '\\377%s\\n' $1; echo e$1 >&2; exit $(($1 == 3 ? 3 : 0))";
      const args = ["exec", "-k", "--joblog", "log", ...nodes, "--", "sh", "-c", script, "-", "{}"];
      const words = Array.from({ length: 50 }, (_, index) => String(index));
      const { code, stdout, stderr } = await bed.muster([...args, ":::", ...words], {
        env: bed.env,
      });
      assert.equal(code, 1);
      assert.equal(stdout, words.map((word) => `\ufffd${word}\n`).join(""));
      assert.match(stderr, /^e0\ne1\n/);
      assert.match(stderr, /failed input 4: "3" on n1\n {2}ProgramError: exit code 3\n/);
      assert.match(stderr, /49 done, 1 failed/);
      assert.equal(bed.read("log").split("\tn1\t").length, 51);
      await stopNode(node);
    });

    it("sends the program and its files, and fetches what it makes", async () => {
      await using bed = new NodeBed(runner);
      for (const folder of ["bin", "in", "out"]) mkdirSync(join(bed.folder, folder));
      const script = '#!/bin/sh\nmkdir -p out; cat "$1" suffix.txt >"out/$(basename "$1")"\n';
      chmodSync(bed.write("bin/join.sh", script), 0o755);
      bed.write("suffix.txt", "!");
      for (const name of ["a", "b", "c d"]) bed.write(`in/${name}`, name);
      bed.write("out/a", "old");
      const { process: node, address } = await bed.node(["--cpus", "2"]);
      const files = ["--depends", "in", "suffix.txt", "--return", "out/{/}", "--nodes", address];
      const args = ["exec", "--no-local", ...files, "--glob", "in/*", "--", "./bin/join.sh", "{}"];
      const { code, stderr } = await bed.muster(args, { env: bed.env });
      assert.equal(code, 0, stderr);
      assert.deepEqual(readdirSync(join(bed.folder, "out")).sort(), ["a", "b", "c d"]);
      assert.equal(bed.read("out/a"), "a!");
      assert.equal(bed.read("out/c d"), "c d!");
      await stopNode(node);
    });

    it("fails a job whose file is not there or may not be written, and leaves nothing half", async () => {
      await using bed = new NodeBed(runner);
      const { process: node, address } = await bed.node(["--cpus", "1"]);
      const nodes = ["--nodes", address, "--no-local"];
      for (const path of ["{}", "../{}", "/tmp/{}"]) {
        const args = ["exec", ...nodes, "--return", path, "--joblog", "log", "--", "true"];
        const { code, stderr } = await bed.muster([...args, ":::", "x"], { env: bed.env });
        assert.equal(code, 1);
        assert.match(stderr, /ProgramError: Cannot fetch \S*x: /);
        assert.match(bed.read("log"), /\tterminated\t/);
      }
      assert.deepEqual(readdirSync(bed.folder).sort(), ["keys", "log"]);
      await stopNode(node);
    });

    it("cuts no output of a node either", async () => {
      await using bed = new NodeBed(runner);
      const { process: node, address } = await bed.node(["--cpus", "1"]);
      for (const how of ["--keep-order", "--line-buffer"]) {
        const args = ["exec", "--nodes", address, "--no-local", how, "--", "head", "-c", "3000000"];
        const { stdout } = await bed.muster([...args, ":::", "/dev/zero"], { env: bed.env });
        assert.equal(stdout, "\0".repeat(3_000_000), how);
      }
      await stopNode(node);
    });

    it("runs a script on a node where no runtime is in the PATH", async () => {
      await using bed = new NodeBed(runner);
      bed.write("double.ts", "const n: number = Number(process.argv[2]); console.log(n * 2);");
      const { process: node, address } = await bed.node([], { ...bed.env, PATH: "" });
      const args = ["exec", "-k", "--nodes", address, "--no-local", "double.ts", "{}", ":::", "2"];
      const { stdout, stderr } = await bed.muster(args, { env: { ...bed.env, PATH: "" } });
      assert.equal(stdout, "4\n", stderr);
      await stopNode(node);
    });

    it("ends a program that runs too long, also where the node prefers Workers", {
      skip: !isLinux && "it needs /proc",
    }, async () => {
      await using bed = new NodeBed(runner);
      const { process: node, address } = await bed.node(["--cpus", "1", "--isolation", "worker"]);
      const flags = [
        "--timeout",
        "3s",
        "--joblog",
        `${bed.folder}/log`,
        "--env",
        `D=${bed.folder}`,
      ];
      const script =
        'test $1 = hang && { sleep 97 & sleep 98; }; while ! test -e "$D/go"; do :; done';
      const command = ["sh", "-c", script, "-", "{}", ":::", "hang", "wait"];
      const nodes = ["--nodes", address, "--no-local"];
      const running = bed.start(["exec", ...flags, ...nodes, "--", ...command], { env: bed.env });
      await running.until("it is stopped", () => {
        return existsSync(`${bed.folder}/log`) && /\tterminated\t/.test(bed.read("log"));
      });
      // While the other one runs, and so what runs programs on the node.
      assert.deepEqual(node.family.map(nameOf).filter((name) => name === "sleep"), []);
      bed.write("go", "");
      const { code, stderr } = await running.ended();
      assert.equal(code, 1);
      assert.match(stderr, /ran longer than its time limit/);
      await stopNode(node);
    });

    it("ends what programs started when the client is killed", async () => {
      await using bed = new NodeBed(runner);
      const { process: node, address } = await bed.node(["--cpus", "1"]);
      const args = ["exec", "--nodes", address, "--no-local", "--env", `D=${bed.folder}`];
      const script = 'sleep 97 & touch "$D/begun"; sleep 98';
      const running = bed.start([...args, "--", "sh", "-c", script, ":::", "x"], {
        env: bed.env,
        stdin: null,
      });
      await running.until("the program runs", () => existsSync(`${bed.folder}/begun`));
      const before = node.family.length;
      running.kill("SIGKILL");
      await running.ended();
      await node.until("its programs are gone", () => node.family.length < before - 2);
      await stopNode(node);
    });
  });
}
