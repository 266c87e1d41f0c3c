import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runtimePath } from "../../../scripts/setup.mjs";
import { root } from "../../../scripts/files.ts";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners, runtime } from "../../harness/runners.ts";

const jobs = `
export default function square(text: string): number {
  return Number(text) ** 2;
}

export function fail(text: string): string {
  if (text === "2") throw new RangeError("no " + text);
  console.log("saw " + text);
  return text;
}

export function spin(text: string): string {
  while (text === "spin");
  return text;
}

export async function slow(text: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 200));
  return text;
}
`;

const seq = (last: number): string =>
  Array.from({ length: last }, (_, index) => `${index + 1}\n`).join("");

for (const runner of musterRunners()) {
  describe(`muster map with nodes (${runner.name})`, () => {
    it("runs jobs on a node alone, in order, with the code sent once", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { process, address } = await bed.node(["--name", "n1", "--cpus", "2"]);
      const args = ["map", "jobs.ts", "--nodes", address, "--no-local"];
      const { code, stdout } = await bed.muster(args, { env: bed.env, stdin: seq(5000) });
      assert.equal(code, 0);
      const expected = Array.from({ length: 5000 }, (_, index) => (index + 1) ** 2);
      assert.deepEqual(stdout.trimEnd().split("\n").map(Number), expected);
      await stopNode(process);
    });

    it("tells of a failure with its line, node and output as it does of a local one", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { process, address } = await bed.node(["--name", "n1"]);
      const args = ["map", "jobs.ts#fail", "1", "2", "3", "--nodes", address, "--no-local"];
      const { code, stdout, stderr } = await bed.muster(args, { env: bed.env });
      assert.equal(code, 1);
      assert.equal(stdout, '"1"\n"3"\n');
      assert.match(stderr, /^saw 1\nsaw 3\nfailed input 2: "2" on n1\n {2}RangeError: no 2\n/);
      assert.match(stderr, /at fail \(jobs\.ts:7:\d+\)/);
      await stopNode(process);
    });

    it("stops a job on a node that runs too long, and goes on there", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { process, address } = await bed.node(["--cpus", "1"]);
      const args = ["map", "jobs.ts#spin", "a", "spin", "b", "--timeout", "300ms"];
      const ended = await bed.muster([...args, "--nodes", address, "--no-local"], { env: bed.env });
      assert.equal(ended.code, 1);
      assert.equal(ended.stdout, '"a"\n"b"\n');
      assert.match(ended.stderr, /ran longer than its time limit/);
      const before = process.cpuMs;
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.ok(process.cpuMs - before < 150, "nothing spins any more");
      await stopNode(process);
    });

    for (const reentrant of [true, false]) {
      const what = reentrant
        ? "runs them again when they are reentrant"
        : "abandons them otherwise";
      it(`notices a killed node, loses no job, and ${what}`, async () => {
        await using bed = new NodeBed(runner);
        bed.write("jobs.ts", jobs);
        const first = await bed.node(["--name", "first", "--cpus", "2"]);
        const second = await bed.node(["--name", "second", "--cpus", "2"]);
        const nodes = `${first.address},${second.address}`;
        const flags = reentrant ? ["--reentrant"] : [];
        const args = ["map", "jobs.ts#slow", "--nodes", nodes, "--no-local", "--json", ...flags];
        const running = bed.start(args, { env: bed.env, stdin: seq(40) });
        await running.until("first results", () => running.stdout.length > 0);
        first.process.kill("SIGKILL");
        const { stdout, stderr } = await running.ended();
        const summary = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
        assert.equal(summary.done + summary.failed, 40);
        assert.equal(stdout.trimEnd().split("\n").length, summary.done);
        if (reentrant) assert.equal(summary.failed, 0);
        else assert.ok(summary.failed > 0 && summary.failed <= 8, String(summary.failed));
        await first.process.ended();
        await stopNode(second.process);
      });
    }

    it("does without a node that cannot be reached, and says so once", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const args = ["map", "jobs.ts", "--nodes", "127.0.0.1:1"];
      const running = bed.start(args, { env: bed.env, stdin: null });
      const refusal = /Cannot connect to 127\.0\.0\.1:1/g;
      await running.until("the node is missed", () => refusal.test(running.stderr));
      running.write("3\n");
      running.closeStdin();
      const { code, stdout, stderr } = await running.ended();
      assert.equal(code, 0);
      assert.equal(stdout, "9\n");
      assert.equal(stderr.match(refusal)?.length, 1);
    });

    it("says which secret is wrong, in one line, within 5 s", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { process, address } = await bed.node();
      const before = performance.now();
      const args = ["map", "jobs.ts", "3", "--nodes", address, "--no-local"];
      const other = { MUSTER_HOME: `${bed.folder}/other_keys` };
      const { code, stderr } = await bed.muster(args, { env: other });
      assert.equal(code, 3);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      assert.match(stderr, /secret/);
      assert.ok(performance.now() - before < 5000);
      await stopNode(process);
    });

    it("refuses to listen beyond loopback without a secret, with the command to run", async () => {
      await using bed = new NodeBed(runner);
      const { code, stderr } = await bed.muster(["node", "--host", "0.0.0.0"], { env: bed.env });
      assert.equal(code, 2);
      assert.match(stderr, /^muster: .*muster keygen/);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    });

    it("refuses bad flags in one line", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      for (
        const args of [
          ["node", "--cpus", "0"],
          ["node", "--port", "x"],
          ["map", "jobs.ts", "1", "--no-local"],
          ["map", "jobs.ts", "1", "--nodes", "a:b:c:"],
          ["map", "jobs.ts", "1", "--nodes", "h:99999"],
        ]
      ) {
        const { code, stderr } = await bed.muster(args, { env: bed.env });
        assert.equal(code, 2, stderr);
        assert.match(stderr, /^muster: .+\n$/);
      }
    });
  });
}

describe("nodes of the other runtime", () => {
  const other = runtime === "bun" ? "deno" : "bun";
  const command = runtime === "bun"
    ? [runtimePath("deno"), "run", "-A", "--config", `${root}/deno.json`, `${root}/cli.ts`]
    : [runtimePath("bun"), "run", `${root}/cli.ts`];

  it(`run jobs of a ${runtime} client on a ${other} node`, async () => {
    await using bed = new NodeBed({ name: other, command, stopsBusyWorkers: false });
    bed.write("jobs.ts", jobs);
    const { process, address } = await bed.node(["--cpus", "2"]);
    bed.write(
      "client.ts",
      `import { JobCluster } from ${JSON.stringify(`${root}/mod.ts`)};
      function describe(value: Map<string, bigint>) { return { value, by: "Deno" in globalThis ? "deno" : "bun" }; }
      await using cluster = await JobCluster.create(describe, {
        module: import.meta.url, local: 0, nodes: [${JSON.stringify(address)}],
      });
      const { value, by } = await cluster.submit(new Map([["a", 5n]]));
      console.log(value.get("a"), by);`,
    );
    const { stdout, stderr } = await bed.script("client.ts", [], { env: bed.env }).ended();
    assert.equal(stdout, `5n ${other}\n`, stderr);
    await stopNode(process);
  });
});
