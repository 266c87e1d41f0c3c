import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import type { RunningProcess } from "../../harness/running_process.ts";

const total = 150;

/** Says `s` of each job once it is submitted, and `d` once its end is known. */
const client = `
import process from "node:process";
import { appendFileSync, writeSync } from "node:fs";
import { JobCluster } from "${root}/mod.ts";

async function work(n: number, ran: string, pauseMs: number): Promise<string> {
  appendFileSync(ran, n + "\\n");
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  if (n % 10 === 3) throw new RangeError("no " + n);
  return String(n).repeat(n % 25 === 7 ? 20_000 : 1);
}

const [file = "", ran = "", pauseMs = "", ...nodes] = process.argv.slice(2);
await using cluster = await JobCluster.create(work, {
  module: import.meta.url,
  recoverFile: file,
  ...(nodes.length > 0 ? { local: 0, nodes } : { local: 1, discover: false }),
});
const jobs = [];
for (let n = 0; n < ${total}; n += 1) {
  const job = cluster.submit(n, ran, Number(pauseMs));
  writeSync(1, "s " + n + "\\n");
  const tell = () => void writeSync(1, "d " + n + "\\n");
  jobs.push(job.then(tell, tell));
  if (n % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
await Promise.all(jobs);
`;

type Line = {
  readonly number: number;
  readonly id: string;
  readonly status: string;
  readonly delivered: boolean;
  readonly result?: string;
};

class ClientBed extends NodeBed {
  readonly #script = this.write("client.ts", client);

  get ran(): string {
    return `${this.folder}/ran.txt`;
  }

  /** Starts a client, and kills it once it has said so many lines. */
  async killedAfter(
    lines: number,
    file: string,
    pauseMs: number,
    nodes: readonly string[],
  ): Promise<RunningProcess> {
    const args = [file, this.ran, String(pauseMs), ...nodes];
    const process = this.script(this.#script, args, { env: this.env });
    await process.until("it has said enough", () => countLines(process.stdout) >= lines);
    process.kill("SIGKILL");
    await process.ended();
    return process;
  }

  async recover(file: string, ...flags: readonly string[]): Promise<Line[]> {
    const args = ["recover", file, "--json", ...flags];
    const { stdout } = await this.muster(args, { env: this.env });
    return stdout.trimEnd().split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  }

  /** How often each job began. */
  begun(): Map<number, number> {
    const counts = new Map<number, number>();
    const text = existsSync(this.ran) ? readFileSync(this.ran, "utf8").trimEnd() : "";
    for (const line of text.split("\n").filter((each) => each !== "")) {
      counts.set(Number(line), (counts.get(Number(line)) ?? 0) + 1);
    }
    return counts;
  }
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}

/** Numbers that were said behind a letter. */
function said(letter: string, text: string): number[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.filter((line) => line.startsWith(`${letter} `)).map((line) => Number(line.slice(2)));
}

const isFinal = (status: string): boolean => status === "finished" || status === "terminated";

const [runner] = musterRunners();
if (runner === undefined) throw new Error("Cannot test: there is nothing to run muster with");

describe("a program with a recover file that is killed", () => {
  for (const lines of [1, 120, 220]) {
    it(`after ${lines} lines has every job back, and none has begun twice`, async (context) => {
      await using bed = new ClientBed(runner);
      const nodes = [await bed.node(["--cpus", "1"]), await bed.node(["--cpus", "1"])];
      const file = `${bed.folder}/run.muster`;
      const places = nodes.map(({ address }) => address);
      const { stdout } = await bed.killedAfter(lines, file, 3, places);

      const first = await bed.recover(file);
      const all = await bed.recover(file, "--all");
      const submitted = said("s", stdout);
      const known = new Set(all.map(({ number }) => number));
      const lost = submitted.filter((number) => !known.has(number)).length;
      const duplicates = all.length - known.size;
      context.diagnostic(
        `submitted=${submitted.length} recovered=${first.length} duplicates=${duplicates} lost=${lost}`,
      );
      assert.deepEqual({ lost, duplicates }, { lost: 0, duplicates: 0 });
      const begun = bed.begun();
      for (const { number, status, result } of all) {
        // The nodes have lived on: nothing can be lost.
        assert.ok(isFinal(status) || status === "queued", `${number} is ${status}`);
        assert.equal(begun.get(number) ?? 0, isFinal(status) ? 1 : 0, `${number}, ${status}`);
        if (number % 10 === 3) assert.notEqual(status, "finished");
        else if (status === "finished") {
          assert.equal(result, String(number).repeat(number % 25 === 7 ? 20_000 : 1));
        }
      }
      // What the program was told of counts as delivered, but perhaps for the last turn before its end.
      const told = new Set(said("d", stdout));
      const again = first.filter(({ number }) => told.has(number)).length;
      assert.ok(again <= 64, `${again} of ${told.size} are given again`);
      assert.deepEqual(await bed.recover(file), []);
      for (const { process } of nodes) await stopNode(process);
    });
  }

  it("tells of what ran in the program itself, which is gone with it", async () => {
    await using bed = new ClientBed(runner);
    const file = `${bed.folder}/run.muster`;
    const { stdout } = await bed.killedAfter(total + 5, file, 30, []);
    const all = await bed.recover(file, "--all");
    assert.deepEqual(all.map(({ number }) => number).sort((a, b) => a - b), said("s", stdout));
    const begun = bed.begun();
    for (const { number, status } of all) {
      if (isFinal(status)) assert.equal(begun.get(number), 1);
      else assert.equal(status, begun.has(number) ? "abandoned" : status, `${number}`);
      if (status === "queued") assert.ok(!begun.has(number));
    }
    const statuses = new Set(all.map(({ status }) => status));
    for (const status of ["finished", "abandoned", "queued"]) assert.ok(statuses.has(status));
  });
});
