import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Joblog, type JoblogEntry, type JoblogOptions } from "../../../lib/cli/joblog.ts";
import { JoblogRecords } from "../../../lib/cli/joblog_records.ts";
import { UsageError } from "../../../lib/proto/errors.ts";
import { inTempFolder } from "./temp_folder.ts";

function entry(seq: number, changes: Partial<JoblogEntry> = {}): JoblogEntry {
  return {
    seq,
    node: "local",
    startedAtMs: 1_764_000_000_123,
    runtimeMs: 12.34,
    status: "finished",
    attempt: 1,
    input: `input ${seq}`,
    error: undefined,
    ...changes,
  };
}

const failure = { status: "terminated", error: "RangeError: no" } as const;

async function inLogFolder(
  use: (open: (changes?: Partial<JoblogOptions>) => Promise<Joblog>, path: string) => Promise<void>,
): Promise<void> {
  await inTempFolder(async (folder) => {
    const path = join(folder, "run.log");
    const defaults = { path, identity: "src/a.ts#default", resume: false };
    await using opened = new AsyncDisposableStack();
    await use(async (changes) => opened.use(await Joblog.open({ ...defaults, ...changes })), path);
  });
}

function refusal(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, message);
    return true;
  };
}

describe("Joblog", () => {
  it("writes one line a job with columns separated by tabs", () =>
    inLogFolder(async (open, path) => {
      const log = await open();
      log.add(entry(1));
      log.add(entry(2, {
        ...failure,
        input: { text: "a\tb\n" + "x".repeat(500) },
        error: "Error: two\nlines \x1b[31mred",
        attempt: 3,
      }));
      log.add(entry(3, {
        status: "cancelled",
        node: undefined,
        startedAtMs: undefined,
        runtimeMs: undefined,
        attempt: 0,
      }));
      await log.close();
      const lines = (await readFile(path, "utf8")).split("\n");
      assert.equal(lines.length, 6);
      assert.equal(lines[1], "Seq\tNode\tStart\tRuntime\tStatus\tAttempt\tHash\tInput\tError");
      const rows = lines.slice(2, 5).map((line) => line.split("\t"));
      assert.deepEqual(rows.map((row) => row.length), [9, 9, 9]);
      assert.deepEqual(rows[0]?.slice(0, 6), [
        "1",
        "local",
        "1764000000.123",
        "0.012",
        "finished",
        "1",
      ]);
      assert.deepEqual(rows[0]?.slice(7), ['"input 1"', ""]);
      assert.equal(rows[1]?.[7]?.length, 200);
      assert.ok(rows[1]?.[7]?.startsWith('{"text":"a\\tb\\nxxx'));
      assert.equal(rows[1]?.[8], "Error: two lines red");
      assert.deepEqual(rows[2]?.slice(1, 6), ["-", "-", "-", "cancelled", "0"]);
    }));

  it("tells a resumed run what is done, what failed, and which jobs to run", () =>
    inLogFolder(async (open) => {
      const first = await open();
      for (const seq of [1, 2, 3, 5000]) first.add(entry(seq));
      first.add(entry(4, failure));
      first.add(entry(6, { status: "abandoned" }));
      first.add(entry(7, { status: "cancelled" }));
      await first.close();
      const { earlier } = await open({ resume: true });
      assert.deepEqual([earlier.finished, earlier.failed], [4, 2]);
      const chosen = (resume: boolean, retryFailed: boolean): number[] =>
        [1, 2, 3, 4, 5, 6, 7, 8, 5000].filter((seq) =>
          earlier.shouldRun(seq, `input ${seq}`, { resume, retryFailed })
        );
      assert.deepEqual(chosen(true, false), [5, 7, 8]);
      assert.deepEqual(chosen(false, true), [4, 6]);
      assert.deepEqual(chosen(true, true), [4, 5, 6, 7, 8]);
    }));

  it("goes by the last line of a job, and a cancelled retry changes nothing", () =>
    inLogFolder(async (open) => {
      const first = await open();
      first.add(entry(1, failure));
      first.add(entry(2, failure));
      await first.close();
      const second = await open({ resume: true });
      second.add(entry(1));
      second.add(entry(2, { status: "cancelled" }));
      await second.close();
      const { earlier } = await open({ resume: true });
      assert.equal(earlier.stateOf(1), "finished");
      assert.equal(earlier.stateOf(2), "failed");
      assert.deepEqual([earlier.finished, earlier.failed], [1, 1]);
    }));

  it("begins anew when it is not resumed, or when there is nothing to resume", () =>
    inLogFolder(async (open, path) => {
      const first = await open({ resume: true });
      first.add(entry(1));
      await first.close();
      await (await open()).close();
      assert.equal((await readFile(path, "utf8")).split("\n").length, 3);
      await writeFile(path, "");
      await (await open({ resume: true })).close();
      assert.match(await readFile(path, "utf8"), /^#muster-joblog\t1\t/);
    }));

  it("cuts off the half line that a killed process left, and runs its job again", () =>
    inLogFolder(async (open, path) => {
      const first = await open();
      first.add(entry(1));
      first.add(entry(2));
      await first.close();
      const whole = await readFile(path, "utf8");
      await writeFile(path, whole.slice(0, -3));
      const second = await open({ resume: true });
      assert.equal(second.earlier.stateOf(1), "finished");
      assert.equal(second.earlier.stateOf(2), undefined);
      second.add(entry(2));
      await second.close();
      assert.equal(await readFile(path, "utf8"), whole);
    }));

  it("refuses a log of another function, another format, another program, and a broken one", () =>
    inLogFolder(async (open, path) => {
      await (await open()).close();
      const resume = true;
      await assert.rejects(
        open({ resume, identity: "src/b.ts#default" }),
        refusal(/belongs to "src\/a.ts#default", not to "src\/b.ts#default"/),
      );
      for (
        const line of [
          "x\n",
          "0\t\t\t\tfinished\t1\t00000000\t\t\n",
          "1\t\t\t\tdone\t1\t00000000\t\t\n",
        ]
      ) {
        await (await open()).close();
        await appendFile(path, line);
        await assert.rejects(open({ resume }), refusal(/line 3 is no line of a job log/));
      }
      await writeFile(path, '#muster-joblog\t9\t"x"\n');
      await assert.rejects(open({ resume }), refusal(/version 9/));
      await writeFile(path, "Seq\tHost\n1\t:\n");
      await assert.rejects(open({ resume }), refusal(/no job log of muster/));
      assert.equal(await readFile(path, "utf8"), "Seq\tHost\n1\t:\n");
    }));

  it("refuses to resume with other inputs", () =>
    inLogFolder(async (open) => {
      const first = await open();
      first.add(entry(1));
      await first.close();
      const { earlier } = await open({ resume: true });
      assert.throws(
        () => earlier.shouldRun(1, "another", { resume: true, retryFailed: false }),
        refusal(/input 1 is not the one that the log has/),
      );
    }));

  it("is a usage error when the file cannot be written", () =>
    inTempFolder(async (folder) => {
      for (const resume of [true, false]) {
        await assert.rejects(
          Joblog.open({ path: folder, identity: "x", resume }),
          refusal(/Cannot use the job log/),
        );
      }
    }));

  it("writes no line before the results are out", () =>
    inLogFolder(async (open, path) => {
      const { promise: out, resolve: letOut } = Promise.withResolvers<void>();
      const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
      const log = await open({
        beforeWrite: () => {
          ask();
          return out;
        },
      });
      log.add(entry(1));
      await asked;
      assert.equal((await readFile(path, "utf8")).split("\n").length, 3);
      letOut();
      await log.close();
      assert.equal((await readFile(path, "utf8")).split("\n").length, 4);
    }));
});

describe("JoblogRecords", () => {
  it("holds a million jobs in a few megabytes", () => {
    const records = new JoblogRecords("run.log");
    const before = process.memoryUsage();
    for (let seq = 1; seq <= 1_000_000; seq++) records.record(seq, "finished", seq);
    const after = process.memoryUsage();
    assert.equal(records.finished, 1_000_000);
    assert.ok(after.arrayBuffers - before.arrayBuffers < 8_000_000);
    assert.equal(records.stateOf(1_000_001), undefined);
    assert.equal(records.stateOf(1_000_000), "finished");
  });
});
