import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";

const jobs = `
export default async function where(text: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, text === "long" ? 60_000 : 0));
  return text;
}
`;

for (const runner of musterRunners()) {
  describe(`muster node's options (${runner.name})`, () => {
    it("--save-config writes what --config makes the same daemon of", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const flags = ["--name", "n1", "--cpus", "3", "--host", "127.0.0.2", "--log-level", "debug"];
      const dest = ["--dest-path", "work", "--tag", "gpu", "--save-config", "node.json"];
      const first = await bed.node([...flags, ...dest]);
      assert.match(first.process.stderr, /Z info options written to node\.json\n/);
      await stopNode(first.process);
      assert.equal(statSync(`${bed.folder}/node.json`).mode & 0o777, 0o600);
      const saved = bed.read("node.json");

      const again = bed.start(["node", "--config", "node.json", "--save-config", "again.json"], {
        env: bed.env,
        stdin: null,
      });
      await again.until("the node listens", () => / slots on /.test(again.stderr));
      assert.match(again.stderr, /Z info node n1 lends 3 slots on 127\.0\.0\.2:\d+\n/);
      assert.equal(bed.read("again.json"), saved);
      const address = / slots on (\S+)/.exec(again.stderr)?.[1] ?? "";
      const args = ["map", "jobs.ts", "a", "--nodes", address, "--no-local"];
      assert.equal((await bed.muster(args, { env: bed.env })).stdout, '"a"\n');
      await again.until("the client is gone", () => / is gone\n/.test(again.stderr));
      assert.match(again.stderr, /Z debug computation [0-9a-f]{12} of .* ended after 1 tasks\n/);
      await stopNode(again);
    });

    it("refuses a file of options with a mistake in one line, with exit code 2", async () => {
      await using bed = new NodeBed(runner);
      bed.write("node.json", `{"cpus": "many"}`);
      const { code, stderr } = await bed.muster(["node", "--config", "node.json"], {
        env: bed.env,
      });
      assert.equal(code, 2);
      assert.equal(stderr, `muster: Cannot use node.json: "cpus": "many": give a whole number\n`);
    });

    it("--cipher nacl refuses members that ask for another, who are told what to do", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { process, address } = await bed.node(["--cipher", "nacl"]);
      const text = "x".repeat(300_000);
      const args = ["map", "jobs.ts", "--nodes", address, "--no-local"];
      const input = { env: bed.env, stdin: text };
      const refused = await bed.muster(args, input);
      assert.equal(refused.code, 3);
      assert.match(
        refused.stderr,
        /^muster: Cannot connect to \S+: it refused: it takes the cipher nacl alone; connect with --cipher nacl.*\n$/,
      );
      assert.match(process.stderr, /it takes the cipher nacl alone/);
      const taken = await bed.muster([...args, "--cipher", "nacl"], input);
      assert.equal(taken.stdout, `"${text}"\n`);
      const listed = ["nodes", "--nodes", address, "--json", "--cipher", "nacl"];
      assert.match((await bed.muster(listed, { env: bed.env })).stdout, /"slots"/);
      await stopNode(process);
    });

    it("--log-level warn keeps quiet about what is well", async () => {
      await using bed = new NodeBed(runner);
      const quiet = bed.start(
        ["node", "--port", "0", "--log-level", "warn", "--dest-path", "work"],
        {
          env: bed.env,
          stdin: null,
        },
      );
      await quiet.until("it runs", () => existsSync(`${bed.folder}/work`));
      await stopNode(quiet);
      assert.equal(quiet.stderr, "");
    });

    it("starts clean in the --dest-path of a daemon that was killed, beside one that lives", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const flags = ["--dest-path", "work", "--cpus", "1"];
      const living = await bed.node(flags);
      const [livingFolder = ""] = foldersIn(`${bed.folder}/work`);
      const killed = await bed.node(flags);
      const args = ["map", "jobs.ts", "a", "long", "--nodes", killed.address, "--no-local"];
      const client = bed.start(args, { env: bed.env, stdin: null });
      await client.until("a job runs", () => client.stdout === '"a"\n');
      killed.process.kill("SIGKILL");
      await killed.process.ended();
      assert.equal((await client.ended()).code, 1);
      assert.equal(foldersIn(`${bed.folder}/work`).length, 2);

      const next = await bed.node(flags);
      const left = foldersIn(`${bed.folder}/work`);
      assert.equal(left.length, 2);
      assert.ok(left.includes(livingFolder));
      const again = ["map", "jobs.ts", "b", "--nodes", next.address, "--no-local"];
      assert.equal((await bed.muster(again, { env: bed.env })).stdout, '"b"\n');
      await stopNode(next.process);
      await stopNode(living.process);
      assert.deepEqual(readdirSync(`${bed.folder}/work`), []);
    });
  });
}

function foldersIn(path: string): string[] {
  return readdirSync(path).filter((name) => /^[0-9a-f]{8}$/.test(name));
}
