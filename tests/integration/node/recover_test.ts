import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { NodeBed, type StartedNode, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import type { RunningProcess } from "../../harness/running_process.ts";

const jobs = `
import { existsSync, writeFileSync } from "node:fs";

export default async function work(input: { n: number; what: string; place: string }) {
  const { n, what, place } = input;
  // So long that nodes are given few ahead.
  await new Promise((go) => setTimeout(go, 20));
  if (what === "hold") {
    writeFileSync(place + "/began-" + n, "");
    while (!existsSync(place + "/release-" + n)) await new Promise((go) => setTimeout(go, 20));
  }
  if (what === "fail") throw new RangeError("no " + n);
  console.log("ran " + n);
  return n;
}
`;

const quick = 20;
const total = 90;
/** The one between has failed when the other node is held, and is not told of before the first has ended. */
const holds = [quick, quick + 2] as const;
const failing = quick + 1;

/** What `muster recover --json` says of a job. */
type Line = {
  readonly number: number;
  readonly id: string;
  readonly status: string;
  readonly delivered: boolean;
  readonly input: { readonly n: number };
  readonly result?: unknown;
  readonly error?: { readonly reason: string; readonly message: string };
};

/** Two nodes of a slot each, and a client whose jobs hold both of them. */
class RecoverBed extends NodeBed {
  readonly file = `${this.folder}/run.muster`;

  async twoNodes(): Promise<[StartedNode, StartedNode]> {
    const flags = ["--cpus", "1", "--log-level", "debug", "--name"];
    return [await this.node([...flags, "n1"]), await this.node([...flags, "n2"])];
  }

  /** Starts the client and waits until both nodes are held, and all before that is printed. */
  async heldClient(nodes: readonly StartedNode[], flags: readonly string[] = []) {
    this.write("jobs.ts", jobs);
    const inputs = Array.from({ length: total }, (_, n) => {
      const isHold = n === holds[0] || n === holds[1];
      const what = isHold ? "hold" : n === failing ? "fail" : "run";
      return JSON.stringify({ n, what, place: this.folder });
    });
    this.write("inputs.ndjson", inputs.join("\n"));
    const places = nodes.map(({ address }) => address).join(",");
    const args = ["map", "jobs.ts", "--input", "inputs.ndjson", "--nodes", places, "--no-local"];
    const client = this.start([...args, "--recover-file", this.file, ...flags], { env: this.env });
    await client.until(
      "the nodes are held",
      () =>
        holds.every((n) => existsSync(`${this.folder}/began-${n}`)) &&
        linesOf(client.stdout).length === quick,
    );
    return client;
  }

  release(...which: readonly number[]): void {
    for (const n of which) this.write(`release-${n}`, "");
  }

  async recover(...flags: readonly string[]): Promise<{ code: number | undefined; lines: Line[] }> {
    const args = ["recover", this.file, "--json", ...flags];
    const { code, stdout } = await this.muster(args, { env: this.env });
    return { code, lines: linesOf(stdout).map((line) => JSON.parse(line) as Line) };
  }
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

async function kill(process: RunningProcess): Promise<void> {
  process.kill("SIGKILL");
  await process.ended();
}

/**
 * Says what the client and the recovery were given. What the client was killed with in its last turn may come again; of
 * what is recovered there must be one each.
 */
function checkLedger(context: TestContext, printed: number, recovered: readonly Line[]): void {
  const ids = new Set(recovered.map(({ id }) => id));
  const numbers = new Set(recovered.map(({ number }) => number));
  const duplicates = recovered.length - ids.size;
  for (let number = 0; number < printed; number += 1) numbers.add(number);
  const lost = total - numbers.size;
  context.diagnostic(
    `submitted=${total} delivered_before=${printed} recovered=${recovered.length} duplicates=${duplicates} lost=${lost}`,
  );
  assert.deepEqual({ duplicates, lost }, { duplicates: 0, lost: 0 });
  for (const { number, input, result, status } of recovered) {
    assert.equal(input.n, number);
    if (status === "finished") assert.equal(result, number);
  }
}

const statusOf = (lines: readonly Line[], number: number): string | undefined =>
  lines.find((line) => line.number === number)?.status;

for (const runner of musterRunners()) {
  describe(`muster recover (${runner.name})`, () => {
    it("brings back every job of a killed client, each once", async (context) => {
      await using bed = new RecoverBed(runner);
      const nodes = await bed.twoNodes();
      const client = await bed.heldClient(nodes);

      const refused = await bed.muster(["recover", bed.file], { env: bed.env });
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /^muster: Cannot use the recover file .*: the program that/);
      assert.equal(statSync(bed.file).mode & 0o777, 0o600);

      await kill(client);
      const look = await bed.recover("--no-wait");
      for (const hold of holds) assert.equal(statusOf(look.lines, hold), "running");
      assert.equal(statusOf(look.lines, failing), "terminated");
      assert.equal(statusOf(look.lines, total - 1), "queued");
      assert.ok(look.lines.length >= total - quick);

      bed.release(...holds);
      const { code, lines } = await bed.recover();
      assert.equal(code, 1);
      checkLedger(context, quick, lines);
      for (const hold of holds) assert.equal(statusOf(lines, hold), "finished");
      const failed = lines.find(({ number }) => number === failing);
      assert.equal(failed?.status, "terminated");
      assert.deepEqual(failed.error, { reason: "threw", message: `RangeError: no ${failing}` });

      assert.deepEqual(await bed.recover(), { code: 0, lines: [] });
      const all = await bed.recover("--all");
      assert.equal(all.lines.length, total);
      assert.ok(all.lines.every(({ delivered }) => delivered));
      for (const { process } of nodes) await stopNode(process);
    });

    it("finds what nodes kept over a restart, and tells what they lost", async (context) => {
      await using bed = new RecoverBed(runner);
      const nodes = await bed.twoNodes();
      await kill(await bed.heldClient(nodes));
      const look = await bed.recover("--no-wait");
      const held = look.lines.filter(({ status }) => status === "running");

      // Which node has which hold is not known: one of them ends, and its node has nothing more to do.
      bed.release(holds[0]);
      const isIdle = ({ process }: StartedNode): boolean => /ended after/.test(process.stderr);
      await Promise.race(
        nodes.map(({ process }) =>
          process.until("a node has ended its jobs", () => /ended after/.test(process.stderr))
        ),
      );
      const finished = nodes.findIndex(isIdle);
      assert.ok(finished >= 0 && !nodes.every(isIdle));
      for (const { process } of nodes) await kill(process);
      const names = ["n1", "n2"];
      const again = await Promise.all(
        nodes.map(({ address }, index) =>
          bed.node(["--cpus", "1", "--name", names[index] ?? "", "--port", portOf(address)])
        ),
      );

      const { lines } = await bed.recover();
      checkLedger(context, quick, lines);
      assert.equal(statusOf(lines, holds[0]), "finished");
      assert.equal(statusOf(lines, holds[1]), "abandoned");
      const open = lines.filter(({ status }) => status === "running");
      assert.deepEqual(open, []);
      const abandoned = lines.filter(({ status }) => status === "abandoned");
      assert.ok(abandoned.length < held.length, "what the other node had is not lost");
      for (const { process } of again) await stopNode(process);
    });

    it("gives jobs that may run again back where their node is lost", async () => {
      await using bed = new RecoverBed(runner);
      const nodes = await bed.twoNodes();
      await kill(await bed.heldClient(nodes, ["--reentrant"]));
      for (const { process } of nodes) await kill(process);
      const unreached = await bed.recover("--reach", "200ms");
      assert.equal(unreached.code, 1);
      assert.equal(statusOf(unreached.lines, holds[0]), "running");

      const [{ address = "" } = {}, ...rest] = nodes;
      const again = [await bed.node(["--name", "n1", "--port", portOf(address)])];
      for (const { address } of rest) {
        again.push(await bed.node(["--name", "n2", "--port", portOf(address)]));
      }
      const { lines } = await bed.recover();
      for (const hold of holds) assert.equal(statusOf(lines, hold), "queued");
      for (const { process } of again) await stopNode(process);
    });

    it("refuses what is no recover file, is damaged, or others can read", async () => {
      await using bed = new RecoverBed(runner);
      bed.write("jobs.ts", jobs);
      const args = ["map", "jobs.ts", "--input", "in.ndjson", "--recover-file", bed.file];
      bed.write("in.ndjson", '{"n":1,"what":"run"}\n{"n":2,"what":"run"}\n');
      assert.equal((await bed.muster(args, { env: bed.env })).code, 0);
      const whole = readFileSync(bed.file);

      const refusal = async (): Promise<string> => {
        const { code, stdout, stderr } = await bed.muster(["recover", bed.file, "--all"]);
        assert.equal(code, 2);
        assert.equal(stdout, "");
        assert.equal(linesOf(stderr).length, 1);
        return stderr;
      };
      chmodSync(bed.file, 0o640);
      assert.match(await refusal(), /others can get at it \(mode 640\); run: chmod 600/);
      chmodSync(bed.file, 0o600);
      const changed = Buffer.from(whole);
      changed[whole.length >> 1] = (changed[whole.length >> 1] ?? 0) ^ 1;
      writeFileSync(bed.file, changed);
      assert.match(await refusal(), /at byte \d+ is not as it was written/);
      writeFileSync(bed.file, "something else");
      assert.match(await refusal(), /it is no recover file of muster/);

      writeFileSync(bed.file, whole);
      truncateSync(bed.file, whole.length - 1);
      const torn = await bed.muster(["recover", bed.file, "--all"]);
      assert.equal(torn.code, 0);
      assert.equal(torn.stdout, "1\n2\n");
      assert.match(torn.stderr, /^muster: The last record of .* was cut/);
      const missing = await bed.muster(["recover", "nothing.muster"]);
      assert.equal(missing.code, 2);
      assert.match(missing.stderr, /there is no such file/);
    });
  });
}

function portOf(address: string): string {
  return /\d+$/.exec(address)?.[0] ?? "";
}
