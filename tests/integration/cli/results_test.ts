// deno-lint-ignore-file no-control-regex
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

const hundred = Array.from({ length: 100 }, (_, index) => String(index));

for (const runner of musterRunners()) {
  describe(`muster map, its results (${runner.name})`, () => {
    it("gives them in the order of the inputs", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const inputs = ["150", "0", "75", "0"];
      const ended = await bed.muster(["map", "jobs.ts#wait", "--jobs", "2", "--raw", ...inputs]);
      assert.equal(ended.stdout, "150\n0\n75\n0\n");
      assert.match(ended.stderr, /^4 done, \d/);
    });

    it("gives them as they are ready with --unordered", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const args = ["map", "jobs.ts#wait", "--unordered", "--jobs", "2", "--raw", "700", "1", "1"];
      const ended = await bed.muster(args);
      assert.equal(ended.stdout, "1\n1\n700\n");
    });

    it("writes what JSON has no word for as the next program would expect it", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const names = ["undefined", "bigint", "map", "pairs", "set", "date", "nan", "bytes"];
      const ended = await bed.muster(["map", "jobs.ts#valueOf", ...names]);
      assert.deepEqual(ended.stdout.trimEnd().split("\n"), [
        "null",
        '"18446744073709551616"',
        '{"a":1}',
        "[[1,2]]",
        "[1,2]",
        '"1970-01-01T00:00:00.000Z"',
        "null",
        '"AQID"',
      ]);
    });

    it("runs as many jobs at a time as --jobs says", async () => {
      await using bed = new TestBed(runner);
      bed.write(
        "meet.ts",
        `import { existsSync, writeFileSync } from "node:fs";
/** Ends when the two others have begun as well. */
export default async (name: string): Promise<void> => {
  writeFileSync(name, "");
  while (!["a", "b", "c"].every((other) => existsSync(other))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
`,
      );
      const three = await bed.muster(["map", "meet.ts", "--jobs", "3", "a", "b", "c"]);
      assert.deepEqual([three.code, three.stdout], [0, "null\n".repeat(3)]);
      for (const name of ["a", "b", "c"]) rmSync(join(bed.folder, name), { force: true });
      const one = bed.start(["map", "meet.ts", "--jobs", "1", "a", "b", "c"]);
      await one.until("one has begun", () => existsSync(join(bed.folder, "a")));
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(existsSync(join(bed.folder, "b")), false);
      one.kill("SIGINT");
      assert.equal((await one.ended()).code, 130);
    });

    it("puts them into a file when all are there", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      bed.write("out", "old\n");
      const ended = await bed.muster(["map", "jobs.ts", "-o", "out", "--json", "2", "3"]);
      assert.equal(bed.read("out"), "4\n9\n");
      const summary = JSON.parse(ended.stdout) as Record<string, unknown>;
      assert.deepEqual([summary["done"], summary["failed"]], [2, 0]);
      assert.equal(ended.stderr, "");
    });

    it("leaves the old file if it is killed on the way", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      bed.write("out", "old\n");
      const args = ["map", "jobs.ts#wait", "--output", "out", "--jobs", "2"];
      const running = bed.start(args, { stdin: hundred.map(() => "50\n").join("") });
      await running.until(
        "it writes",
        () => readdirSync(bed.folder).some((name) => /\.tmp$/.test(name)),
      );
      running.kill("SIGKILL");
      assert.equal((await running.ended()).signal, "SIGKILL");
      assert.equal(bed.read("out"), "old\n");
    });

    it("leaves the old file if it is halted, interrupted, or cannot read its inputs", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      bed.write("out", "old\n");
      bed.write("bad.ndjson", '"1"\n"2"\n{');
      const halted = await bed.muster(
        ["map", "jobs.ts#failThirds", "-o", "out", "--halt", "soon", "1", "3", "4"],
      );
      assert.equal(halted.code, 1);
      assert.equal((await bed.muster(["map", "jobs.ts", "-o", "out", "-i", "bad.ndjson"])).code, 2);
      const running = bed.start(["map", "jobs.ts", "-o", "out"], { stdin: null });
      running.write("1\n");
      await running.until(
        "it writes",
        () => readdirSync(bed.folder).some((name) => /\.tmp$/.test(name)),
      );
      running.kill("SIGINT");
      assert.equal((await running.ended()).code, 130);
      assert.equal(bed.read("out"), "old\n");
      assert.deepEqual(readdirSync(bed.folder).filter((name) => name.endsWith(".tmp")), []);
    });

    it("tells of a full disk in one line", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const ended = await bed.muster(["map", "jobs.ts", "--output", "/dev/full", "1"]);
      assert.equal(ended.code, 2);
      assert.match(ended.stderr, /(^|\n)muster: Cannot write to \/dev\/full: .*space.*\n$/);
    });

    it("ends quietly when nobody reads them any more", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const running = bed.start(["map", "jobs.ts#same"], { stdin: null });
      for (let count = 0; count < 2000; count += 1) running.write(`${count} ${"x".repeat(100)}\n`);
      await running.until("the first result is there", () => running.stdout.includes("\n"));
      running.closeStdout();
      // Standard input stays open: it must not be waited for.
      for (let count = 0; count < 2000; count += 1) running.write(`${count} ${"x".repeat(100)}\n`);
      const { code, stderr } = await running.ended();
      assert.deepEqual([code, stderr], [141, ""]);
    });

    it("shows what jobs print on standard error, without what acts on a terminal", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const ended = await bed.muster(["map", "jobs.ts#print", "1"]);
      assert.equal(ended.stdout, '"\\u001b[31m1"\n');
      assert.match(ended.stderr, /^red 1\nwritten\nwarning\n1 done/);
      const raw = await bed.muster(["map", "jobs.ts#print", "--raw", "1"]);
      assert.equal(raw.stdout, "\x1b[31m1\n");
      assert.match(raw.stderr, /^\x1b\[31mred\x1b\[0m/);
    });
  });
}
