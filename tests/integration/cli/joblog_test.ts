import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

const flags = ["--joblog", "log", "--output", "out"];

/** Fails for every input that is a line of the file `bad`. */
const job = `import { readFileSync } from "node:fs";
export default (text: string): string => {
  if (readFileSync("bad", "utf8").split("\\n").includes(text)) throw new Error("still bad");
  return text;
};
`;

for (const runner of musterRunners()) {
  describe(`muster map, its job log (${runner.name})`, () => {
    it("has a line for each job", async () => {
      await using bed = new TestBed(runner);
      bed.write("job.ts", job);
      bed.write("bad", "b");
      assert.equal((await bed.muster(["map", "job.ts", ...flags, "a", "b", "c"])).code, 1);
      const [header, columns, ...rows] = bed.read("log").trimEnd().split("\n");
      assert.match(header ?? "", /^#muster-joblog\t1\t/);
      assert.match(columns ?? "", /^Seq\tNode\tStart\tRuntime\tStatus/);
      const fields = rows.map((row) => row.split("\t"));
      assert.deepEqual(fields.map((row) => row[4]), ["finished", "terminated", "finished"]);
      assert.equal(fields[1]?.[8], "Error: still bad");
      assert.ok(fields.every((row) => Math.abs(Number(row[2]) - Date.now() / 1000) < 60));
    });

    it("runs the failed inputs again when they are mended", async () => {
      await using bed = new TestBed(runner);
      bed.write("job.ts", job);
      bed.write("bad", "b");
      await bed.muster(["map", "job.ts", ...flags, "a", "b", "c"]);
      bed.write("bad", "");
      const again = await bed.muster(["map", "job.ts", ...flags, "--retry-failed", "a", "b", "c"]);
      assert.equal(again.code, 0);
      assert.match(again.stderr, /^1 done, 2 skipped, /);
      assert.equal(bed.read("out"), '"a"\n"c"\n"b"\n');
      const nothing = await bed.muster(["map", "job.ts", ...flags, "--resume", "a", "b", "c"]);
      assert.match(nothing.stderr, /^0 done, 3 skipped, /);
    });

    it("goes on after a kill: every result is there, none is missing", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const inputs = Array.from({ length: 60 }, (_, index) => String(20 + index));
      const args = ["map", "jobs.ts#wait", ...flags, "--jobs", "2"];
      const stdin = inputs.join("\n");
      const running = bed.start(args, { stdin });
      await running.until("some are logged", () => {
        try {
          return bed.read("log").split("\n").length > 8;
        } catch {
          return false;
        }
      });
      running.kill("SIGKILL");
      await running.ended();
      const again = await bed.muster([...args, "--resume"], { stdin });
      assert.equal(again.code, 0, again.stderr);
      assert.match(again.stderr, /\d+ skipped/);
      const results = new Set(
        bed.read("out").trimEnd().split("\n").map((line) => JSON.parse(line)),
      );
      assert.deepEqual([...results].map(Number).sort((a, b) => a - b), inputs.map(Number));
    });

    it("refuses other inputs than those of the log", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      await bed.muster(["map", "jobs.ts", ...flags, "1", "2"]);
      const other = await bed.muster(["map", "jobs.ts", ...flags, "--resume", "1", "3"]);
      assert.equal(other.code, 2);
      assert.match(other.stderr, /muster: Cannot resume from log: input 2 is not the one/);
    });
  });
}
