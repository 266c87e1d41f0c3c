import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodeBed, type StartedNode, stopNode } from "../../harness/node_bed.ts";
import { allRunners, musterRunners } from "../../harness/runners.ts";
import { Proxy } from "../net/proxy.ts";

const jobs = `
export default async function place(text: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return text + " by " + ("Deno" in globalThis ? "deno" : "bun");
}

export const twice = (value: number): number => 2 * value;
`;

const inputs = Array.from({ length: 60 }, (_, index) => `${index}`);

for (const runner of musterRunners()) {
  describe(`a ${runner.name} client`, () => {
    it("uses nodes of every kind together, each on an address of its own", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const nodes: StartedNode[] = [];
      for (const [index, kind] of allRunners().entries()) {
        const flags = ["--host", `127.0.0.${index + 2}`, "--name", kind.name, "--cpus", "1"];
        nodes.push(await bed.nodeOf(kind, flags));
      }
      const places = nodes.map(({ address }) => address).join(",");
      const args = ["map", "jobs.ts", "--no-local", "--nodes", places, "--joblog", "log", "--raw"];
      const { code, stdout, stderr } = await bed.muster(args, {
        env: bed.env,
        stdin: inputs.map((input) => `${input}\n`).join(""),
      });
      assert.equal(code, 0, stderr);
      const lines = stdout.trimEnd().split("\n");
      assert.deepEqual(lines.map((line) => line.split(" ")[0]), inputs);
      assert.deepEqual([...new Set(lines.map((line) => line.split(" ")[2]))].toSorted(), [
        "bun",
        "deno",
      ]);
      for (const { name } of allRunners()) {
        assert.match(bed.read("log"), new RegExp(`\\b${name}\\b`));
      }
      for (const { process } of nodes) await stopNode(process);
    });

    it("is told that a node speaks another version, and the node says so too", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { process, address } = await bed.node(["--cpus", "1"]);
      // The fifth byte of the first message is the version: it becomes one that is yet to come.
      const proxy = new Proxy(Number(address.split(":")[1]), (direction, chunk, offset) => {
        if (direction === "out" && offset === 0) chunk[4] = 9;
      });
      const port = await proxy.listen();
      const startMs = performance.now();
      const args = ["map", "jobs.ts", "1", "--no-local", "--nodes", `127.0.0.1:${port}`];
      const { code, stderr } = await bed.muster(args, { env: bed.env });
      assert.equal(code, 3);
      assert.match(stderr, /^muster: Cannot connect to 127\.0\.0\.1:\d+: .*another version.*\n$/);
      assert.ok(performance.now() - startMs < 5000);
      await process.until("the node tells", () => /another version/.test(process.stderr));
      await proxy.close();
      await stopNode(process);
    });
  });
}
