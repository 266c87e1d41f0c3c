import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";

const jobs = `
export default function square(text: string): number {
  return Number(text) ** 2;
}
`;

for (const runner of musterRunners()) {
  describe(`muster map --require (${runner.name})`, () => {
    it("gives jobs to the nodes that match, and one line to each that does not", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const gpu = await bed.node(["--name", "g1", "--tag", "gpu", "ssd"]);
      const plain = await bed.node(["--name", "p1", "--tag", "ssd"]);
      const args = ["map", "jobs.ts", "--nodes", `${gpu.address},${plain.address}`];
      const require = ["--require", `tag=gpu,platform=${process.platform}`, "--joblog", "log"];
      const client = bed.start([...args, ...require], { env: bed.env, stdin: null });
      await client.until("p1 is refused", () => /p1/.test(client.stderr));
      client.write("1\n2\n3\n");
      client.closeStdin();
      const { code, stdout, stderr } = await client.ended();
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "1\n4\n9\n");
      assert.equal(
        stderr.replace(/^(?!muster: ).*\n/gm, ""),
        "muster: Cannot use local slots: tag gpu is missing\nmuster: Cannot use p1: tag gpu is missing\n",
      );
      const used = bed.read("log").split("\n").filter((line) => line.includes("finished"));
      assert.ok(used.length === 3 && used.every((line) => line.includes("g1")), bed.read("log"));
      await stopNode(gpu.process);
      await stopNode(plain.process);
    });

    it("says in one line when nothing matches", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { process, address } = await bed.node(["--name", "p1"]);
      const args = ["map", "jobs.ts", "1", "--no-local", "--require", "tag=gpu", "--nodes"];
      const one = await bed.muster([...args, address], { env: bed.env });
      assert.deepEqual([one.code, one.stderr], [3, "muster: Cannot use p1: tag gpu is missing\n"]);

      const two = await bed.muster([...args, `${address},127.0.0.1:1`], { env: bed.env });
      assert.equal(two.code, 3);
      const last = two.stderr.trimEnd().split("\n").at(-1) ?? "";
      assert.match(last, /^muster: Cannot place jobs: /);
      assert.match(last, /cannot use p1: tag gpu is missing/);
      assert.match(last, /cannot connect to 127\.0\.0\.1:1: nothing listens there/);
      await stopNode(process);

      const none = await bed.muster(["map", "jobs.ts", "1", "--require", "tag=gpu"], {
        env: bed.env,
      });
      assert.equal(none.code, 2);
      assert.match(
        none.stderr,
        /^muster: Cannot use option require here \(tag gpu is missing\).*\n$/,
      );
    });

    it("refuses a list it cannot read in one line", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { code, stderr } = await bed.muster(["map", "jobs.ts", "1", "--require", "gpu"], {
        env: bed.env,
      });
      assert.equal(code, 2);
      assert.match(stderr, /^muster: Cannot use --require gpu: give tag, platform, .*\n$/);
    });
  });
}
