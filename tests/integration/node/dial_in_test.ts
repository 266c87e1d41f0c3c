import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";

const jobs = `
export default function square(text: string): number {
  return Number(text) ** 2;
}

export async function slow(text: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return text;
}
`;

/** A port that was free a moment ago: a client that listens has to be told one. */
async function freePort(host = "127.0.0.1"): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const count = (text: string, part: RegExp): number => text.match(part)?.length ?? 0;

for (const runner of musterRunners()) {
  describe(`nodes that dial a client (${runner.name})`, () => {
    it("serve one client after the other, and are quiet while there is none", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const place = `127.0.0.3:${await freePort("127.0.0.3")}`;
      const { process } = await bed.node(["--name", "n1", "--cpus", "1", "--dial", place]);
      await process.until("it misses the client", () => /nothing listens/.test(process.stderr));
      for (const input of ["2", "3"]) {
        const args = ["map", "jobs.ts", input, "--no-local", "--listen", place];
        const { code, stdout, stderr } = await bed.muster(args, { env: bed.env });
        assert.equal(code, 0, stderr);
        assert.equal(stdout, `${Number(input) ** 2}\n`);
        assert.match(stderr, /^muster: Waiting for nodes: .* --dial 127\.0\.0\.3:\d+"\n/);
      }
      await process.until("both are gone", () => count(process.stderr, / is gone\n/g) === 2);
      assert.equal(count(process.stderr, /nothing listens/g), 1);
      assert.equal(count(process.stderr, / connected from 127\.0\.0\.3:/g), 2);
      await stopNode(process);
    });

    it("are as good as those that are dialled, and each is used once", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const place = `127.0.0.1:${await freePort()}`;
      const both = await bed.node(["--name", "both", "--cpus", "1", "--dial", place]);
      const dialled = await bed.node(["--name", "dialled", "--cpus", "1"]);
      const dialling = await bed.node(["--name", "dialling", "--cpus", "1", "--dial", place]);
      const nodes = `${both.address},${dialled.address}`;
      const args = ["map", "jobs.ts#slow", "--no-local", "--nodes", nodes, "--listen", place];
      const client = bed.start([...args, "--joblog", "log"], { env: bed.env, stdin: null });
      const seen = (name: string): boolean =>
        client.stdout !== "" && bed.read("log").includes(name);
      let next = 0;
      // One at a time, until all have come: then none has more than its one slot.
      await client.until("all are used", () => {
        client.write(`${next++}\n`);
        return ["both", "dialled", "dialling"].every(seen);
      });
      await both.process.until(
        "it is connected twice",
        () => count(both.process.stderr, / connected from /g) === 2,
      );
      client.closeStdin();
      const { code, stdout } = await client.ended();
      assert.equal(code, 0);
      assert.equal(stdout.trimEnd().split("\n").length, next);
      for (const { process } of [both, dialled, dialling]) {
        assert.equal(count(process.stderr, /is back/g), 0);
        await stopNode(process);
      }
    });

    it("a node that is killed loses no job of a listening client, and its successor goes on", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const place = `127.0.0.1:${await freePort()}`;
      const flags = ["--cpus", "2", "--dial", place, "--dest-path", "work"];
      const first = await bed.node(flags);
      const args = ["map", "jobs.ts#slow", "--no-local", "--listen", place, "--reentrant"];
      const input = Array.from({ length: 30 }, (_, index) => `${index}\n`).join("");
      const client = bed.start(args, { env: bed.env, stdin: input });
      await client.until("first results", () => client.stdout !== "");
      first.process.kill("SIGKILL");
      await first.process.ended();
      const second = await bed.node(flags);
      const { code, stdout } = await client.ended();
      assert.equal(code, 0);
      assert.equal(stdout.trimEnd().split("\n").length, 30);
      await stopNode(second.process);
    });

    it("works with the keys of a node alone on the one side and the whole secret on the other", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const make = (...args: string[]): Promise<unknown> =>
        bed.muster(["keygen", ...args], { env: bed.env });
      await make();
      await make("--for", "node", "--output", "node.key");
      await make("--for", "client", "--output", "client.key");
      const port = String(await freePort());
      const flags = [
        "--secret-file",
        "node.key",
        "--cpus",
        "1",
        "--port",
        "0",
        "--host",
        "127.0.0.1",
      ];
      const node = bed.start(["node", ...flags, "--dial", `127.0.0.1:${port}`], {
        env: bed.env,
        stdin: null,
      });
      await node.until("it dials", () => /, and dials 127/.test(node.stderr));
      assert.match(node.stderr, / warn .*node\.key holds the keys of nodes, with which no client /);
      const args = ["map", "jobs.ts", "5", "--no-local", "--no-discover", "--listen", port];
      assert.equal((await bed.muster(args, { env: bed.env })).stdout, "25\n");

      const asClient = await bed.muster([...args, "--secret-file", "client.key"], { env: bed.env });
      assert.equal(asClient.code, 2);
      assert.match(
        asClient.stderr,
        /^muster: Cannot take connections of nodes: .*client\.key holds the key for others only.*\n$/,
      );
      await stopNode(node);
    });

    it("dial no other node, which would not run their jobs either", async () => {
      await using bed = new NodeBed(runner);
      const first = await bed.node();
      const second = await bed.node(["--dial", first.address]);
      await second.process.until(
        "it has tried",
        () =>
          / error Cannot connect to .*: a node answers there, and no client/.test(
            second.process.stderr,
          ),
      );
      await stopNode(second.process);
      await stopNode(first.process);
    });
  });
}

describe("a program that listens", () => {
  for (const runner of musterRunners()) {
    it(`runs jobs on local slots and on a ${runner.name} node that dials`, async () => {
      await using bed = new NodeBed(runner);
      const port = await freePort();
      bed.write(
        "client.ts",
        `import { JobCluster } from ${JSON.stringify(`${root}/mod.ts`)};
        const where = async (_: number): Promise<number> => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          return process.ppid;
        };
        await using cluster = await JobCluster.create(where, { local: 1, listen: ${port} });
        const nodes = new Set<string>();
        for (let n = 0; nodes.size < 2; n++) {
          const jobs = [cluster.submit(n), cluster.submit(n)];
          await Promise.all(jobs);
          for (const { node } of jobs) if (node !== undefined) nodes.add(node);
        }
        console.log([...nodes].sort().join(" "));`,
      );
      const { process } = await bed.node(["--name", "n1", "--dial", `127.0.0.1:${port}`]);
      const { stdout, stderr } = await bed.script("client.ts", [], { env: bed.env }).ended();
      assert.equal(stdout, "local n1\n", stderr);
      await stopNode(process);
    });
  }
});
