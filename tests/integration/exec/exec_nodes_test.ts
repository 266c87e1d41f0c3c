import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";

for (const runner of musterRunners()) {
  describe(`muster exec with nodes (${runner.name})`, () => {
    it("runs programs on a node as it does here", async () => {
      await using bed = new NodeBed(runner);
      const { process, address } = await bed.node(["--name", "n1", "--cpus", "2"]);
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
      await stopNode(process);
    });

    it("ends what programs started when the client is killed", async () => {
      await using bed = new NodeBed(runner);
      const { process, address } = await bed.node(["--cpus", "1"]);
      const args = ["exec", "--nodes", address, "--no-local", "--env", `D=${bed.folder}`];
      const script = 'sleep 97 & touch "$D/begun"; sleep 98';
      const running = bed.start([...args, "--", "sh", "-c", script, ":::", "x"], {
        env: bed.env,
        stdin: null,
      });
      await running.until("the program runs", () => existsSync(`${bed.folder}/begun`));
      const before = process.family.length;
      running.kill("SIGKILL");
      await running.ended();
      await process.until("its programs are gone", () => process.family.length < before - 2);
      await stopNode(process);
    });
  });
}
