import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

/** CPU time of an idle muster with its slots over `watchMs`, generously. */
const idleCpuMs = 300;
const watchMs = 1000;

for (const runner of musterRunners()) {
  const isolations = runner.stopsBusyWorkers ? ["worker", "process"] : ["process"];

  describe(`muster map, its limits (${runner.name})`, () => {
    for (const isolation of isolations) {
      it(`stops a job that takes too long in its ${isolation}: it uses no CPU any more`, async () => {
        await using bed = new TestBed(runner);
        bed.useJobs();
        const flags = ["--timeout", "0.4s", "--isolation", isolation, "--jobs", "2", "--unordered"];
        const running = bed.start(["map", "jobs.ts#spin", ...flags], { stdin: null });
        running.write("spin\nfirst\n");
        await running.until("the other job is done", () => running.stdout === '"first"\n');
        // What replaces the stopped slot has to start as well.
        await new Promise((resolve) => setTimeout(resolve, 1500));
        const before = running.cpuMs;
        await new Promise((resolve) => setTimeout(resolve, watchMs));
        const used = running.cpuMs - before;
        assert.ok(used < idleCpuMs, `${used} ms of CPU in ${watchMs} ms after the time limit`);
        running.write("second\n");
        running.closeStdin();
        const { code, stdout, stderr } = await running.ended();
        assert.deepEqual([code, stdout], [1, '"first"\n"second"\n']);
        assert.match(
          stderr,
          /failed input 1: "spin".*\n.*longer than its time limit and was stopped\n/,
        );
      });
    }

    it("stops a job that waits for ever", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const flags = ["--timeout", "300ms", "--json"];
      const ended = await bed.muster(["map", "jobs.ts#hang", ...flags, "a", "hang", "b"]);
      assert.deepEqual([ended.code, ended.stdout], [1, '"a"\n"b"\n']);
      const summary = JSON.parse(ended.stderr) as { elapsedMs: number };
      assert.ok(summary.elapsedMs < 3000, `took ${summary.elapsedMs} ms`);
    });

    it("says that Deno's Workers cannot keep a time limit", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const flags = ["--timeout", "1s", "--isolation", "worker"];
      const ended = await bed.muster(["map", "jobs.ts", ...flags, "2"]);
      if (runner.stopsBusyWorkers) return assert.equal(ended.stdout, "4\n");
      assert.equal(ended.code, 2);
      assert.match(ended.stderr, /^muster: Cannot keep timeoutMs 1000 in a Worker.*\n$/);
    });

    it("retries with growing waits, and gives what a later attempt returns", async () => {
      await using bed = new TestBed(runner);
      bed.write(
        "flaky.ts",
        `import { appendFileSync, readFileSync } from "node:fs";
export default (path: string): number => {
  appendFileSync(path, \`\${Date.now()}\\n\`);
  const times = readFileSync(path, "utf8").trimEnd().split("\\n");
  if (times.length < 4) throw new Error("not yet");
  return times.length;
};
`,
      );
      const ended = await bed.muster(["map", "flaky.ts", "--retries", "3", `${bed.folder}/times`]);
      assert.deepEqual([ended.code, ended.stdout], [0, "4\n"]);
      const [first = 0, ...later] = bed.read("times").trimEnd().split("\n").map(Number);
      const [a = 0, b = 0, c = 0] = later.map((time, index) => time - (later[index - 1] ?? first));
      // Half of a wait is random: 50 to 100 ms, 100 to 200, 200 to 400.
      assert.ok(a >= 49 && b >= 99 && c >= 199, `waited ${a}, ${b} and ${c} ms`);
      const failed = await bed.muster(["map", "jobs.ts#failThirds", "--retries", "1", "3"], {});
      assert.equal(failed.code, 2, "there is no jobs.ts here");
      bed.useJobs();
      const twice = await bed.muster(["map", "jobs.ts#failThirds", "--retries", "1", "3"]);
      assert.match(twice.stderr, /^failed input 1: "3" on local, attempt 2\n/);
    });

    it("halts at the first failure as it is told", async () => {
      await using bed = new TestBed(runner);
      bed.write(
        "mixed.ts",
        `export default async (text: string): Promise<string> => {
  await new Promise((resolve) => setTimeout(resolve, Math.abs(Number(text))));
  if (text.startsWith("-")) throw new Error("negative");
  return text;
};
`,
      );
      const run = async (halt: string, jobs: number, ...inputs: number[]) => {
        const flags = ["--halt", halt, "--jobs", String(jobs), "--unordered", "--json"];
        const { code, stderr } = await bed.muster([
          "map",
          "mixed.ts",
          ...flags,
          "--",
          ...inputs.map(String),
        ]);
        assert.equal(code, 1);
        return JSON.parse(stderr) as Record<"done" | "failed" | "cancelled" | "elapsedMs", number>;
      };
      const now = await run("now", 2, 2000, -300);
      assert.deepEqual([now.done, now.failed, now.cancelled], [0, 1, 1]);
      assert.ok(now.elapsedMs < 1800, `now took ${now.elapsedMs} ms`);
      const soon = await run("soon", 2, 900, -300);
      assert.deepEqual([soon.done, soon.failed, soon.cancelled], [1, 1, 0]);
      const later = await run("soon", 1, -1, ...Array(20).fill(200));
      // The next one may have begun before the failure was told.
      assert.ok(later.done <= 1, `${later.done} ended after --halt soon`);
      assert.equal(later.done + later.cancelled, 20);
      const never = await run("never", 2, -1, 1, -1, 1);
      assert.deepEqual([never.done, never.failed], [2, 2]);
    });
  });
}
