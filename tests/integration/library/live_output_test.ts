// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import type { JobOutput } from "../../../mod.ts";
import { TestBed } from "../../harness/test_bed.ts";
import { clusterOf, isolations } from "./support.ts";

/** Prints, and then keeps its thread busy until the file is there. */
function printAndBlock(path: string): string {
  console.log("console \u20ac");
  console.error("error");
  while (!existsSync(path));
  console.log("at the end");
  return path;
}

/** Prints in other ways than by the console, and then waits in a child. */
function printRawAndBlock(path: string): string {
  writeSync(1, "raw\n");
  const script = `echo child; while [ ! -e "${path}" ]; do sleep 0.05; done; echo end of child`;
  spawnSync("sh", ["-c", script], { stdio: "inherit" });
  return path;
}

function printNumber(n: number): number {
  console.log(n);
  process.stderr.write(`e${n}`);
  return n;
}

/** What was told, by job and stream, and whom it tells of more. */
class Listener {
  readonly outputs: JobOutput[] = [];
  #told: (() => void) | undefined;

  readonly onOutput = (output: JobOutput): void => {
    this.outputs.push(output);
    this.#told?.();
  };

  textOf(job: unknown, stream: JobOutput["stream"]): string {
    return this.outputs.filter((output) => output.job === job && output.stream === stream)
      .map(({ text }) => text).join("");
  }

  async until(job: unknown, stream: JobOutput["stream"], text: string): Promise<void> {
    while (this.textOf(job, stream) !== text) {
      await new Promise<void>((told) => this.#told = told);
    }
  }
}

describe("onOutput", () => {
  for (const isolation of isolations) {
    it(`is told while a job keeps its thread busy, and of all in the end (${isolation})`, async () => {
      await using bed = new TestBed();
      const listener = new Listener();
      const options = { isolation, local: 1, onOutput: listener.onOutput };
      await using cluster = await clusterOf(printAndBlock, import.meta.url, options);
      const job = cluster.submit(`${bed.folder}/go`);
      await listener.until(job, "stdout", "console \u20ac\n");
      await listener.until(job, "stderr", "error\n");
      assert.equal(job.ended, false);
      bed.write("go", "");
      await job;
      assert.equal(listener.textOf(job, "stdout"), "console \u20ac\nat the end\n");
      assert.deepEqual([job.stdout, job.stderr], ["console \u20ac\nat the end\n", "error\n"]);
    });

    it(`is told of each of many short jobs before it has ended, once and in order (${isolation})`, async () => {
      const listener = new Listener();
      const options = { isolation, onOutput: listener.onOutput };
      await using cluster = await clusterOf(printNumber, import.meta.url, options);
      const jobs = Array.from({ length: 2000 }, (_, n) => cluster.submit(n));
      await jobs[0];
      assert.equal(listener.textOf(jobs[0], "stdout"), "0\n");
      await cluster.wait();
      const told = new Map(jobs.map((job) => [job as unknown, { stdout: "", stderr: "" }]));
      for (const { job, stream, text } of listener.outputs) {
        const texts = told.get(job) ?? assert.fail("it is one of these");
        texts[stream] += text;
      }
      for (const [n, job] of jobs.entries()) {
        assert.deepEqual(told.get(job), { stdout: `${n}\n`, stderr: `e${n}` });
      }
    });
  }

  it("is told of raw writes and of child processes", async () => {
    await using bed = new TestBed();
    const listener = new Listener();
    const options = { isolation: "process", local: 1, onOutput: listener.onOutput } as const;
    await using cluster = await clusterOf(printRawAndBlock, import.meta.url, options);
    const job = cluster.submit(`${bed.folder}/go`);
    await listener.until(job, "stdout", "raw\nchild\n");
    assert.equal(job.ended, false);
    bed.write("go", "");
    await job;
    assert.equal(listener.textOf(job, "stdout"), "raw\nchild\nend of child\n");
  });

  it("may throw: that is a warning, and the jobs go on", async () => {
    const warnings: string[] = [];
    await using cluster = await clusterOf(printNumber, import.meta.url, {
      onOutput: () => {
        throw new RangeError("not this one");
      },
      onWarning: (message) => warnings.push(message),
    });
    assert.equal(await cluster.submit(1), 1);
    assert.equal(
      warnings[0],
      "The function given as onOutput threw: RangeError: not this one",
    );
  });
});
