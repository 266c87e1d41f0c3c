import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

const busy = ["map", "jobs.ts#spin", "--jobs", "2", "--unordered"];

for (const runner of musterRunners()) {
  describe(`muster map, stopped by a signal (${runner.name})`, () => {
    for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      it(`stops cleanly at ${signal} and says what was done`, async () => {
        await using bed = new TestBed(runner);
        bed.useJobs();
        const running = bed.start(busy, { stdin: null });
        running.write("a\nspin\nb\n");
        await running.until("two are done", () => running.stdout.split("\n").length === 3);
        const before = performance.now();
        running.kill(signal);
        const ended = await running.ended();
        assert.equal(ended.code, code);
        assert.equal(ended.stdout, '"a"\n"b"\n');
        assert.match(ended.stderr, /^2 done, 1 cancelled, /);
        assert.ok(performance.now() - before < 3000);
      });
    }

    it("gives the results that were ready behind one that is not", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const running = bed.start(["map", "jobs.ts#hang", "--jobs", "2"], { stdin: null });
      running.write("hang\nb\nc\n");
      running.closeStdin();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.equal(running.stdout, "");
      running.kill("SIGINT");
      assert.equal((await running.ended()).stdout, '"b"\n"c"\n');
    });

    it("ends while the code is still being loaded", async () => {
      await using bed = new TestBed(runner);
      bed.write(
        "loads.ts",
        `import { writeFileSync } from "node:fs";
writeFileSync("loading", "");
await new Promise(() => setInterval(() => {}, 1000));
export default (): number => 1;
`,
      );
      const running = bed.start(["map", "loads.ts", "--output", "out", "1"]);
      await running.until("it loads", () => existsSync(`${bed.folder}/loading`));
      running.kill("SIGTERM");
      const { code, stdout, stderr } = await running.ended();
      assert.deepEqual([code, stdout, stderr], [143, "", ""]);
    });

    it("is killed by a second Ctrl-C when it cannot stop", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      // Where a busy Worker cannot be stopped, the first one waits for it.
      const running = bed.start([...busy, "--isolation", "worker"], { stdin: null });
      running.write("spin\na\n");
      await running.until("one is done", () => running.stdout === '"a"\n');
      running.kill("SIGINT");
      if (!runner.stopsBusyWorkers) {
        await new Promise((resolve) => setTimeout(resolve, 700));
        assert.equal(running.family.length > 0, true, "it is still there");
        running.kill("SIGINT");
      }
      assert.equal((await running.ended()).code, 130);
    });

    it("leaves no process behind when it is killed itself", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const running = bed.start([...busy, "--isolation", "process"], { stdin: null });
      running.write("spin\nspin\na\n");
      await running.until("its processes are there", () => running.family.length >= 3);
      running.kill("SIGKILL");
      assert.equal((await running.ended()).signal, "SIGKILL");
      // The bed fails if anything is left.
    });
  });
}
