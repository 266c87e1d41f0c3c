import assert from "node:assert/strict";
import { closeSync, openSync, writeSync } from "node:fs";
import { describe, it } from "node:test";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

/** So much more may ten times the lines take: a collector's leisure, and less than 110 bytes a line. */
const maxGrowthKb = 96 * 1024;

for (const runner of musterRunners()) {
  describe(`muster map, a million lines (${runner.name})`, () => {
    it("keeps its memory flat", async (context) => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const peaks: number[] = [];
      for (const count of [100_000, 1_000_000]) {
        const input = `${bed.folder}/${count}.txt`;
        writeLines(input, count);
        const args = ["map", "jobs.ts#length", "--input", input, "-o", "out"];
        const ended = await bed.muster(args, { deadlineMs: 110_000 });
        assert.equal(ended.code, 0, ended.stderr);
        assert.equal(bed.read("out").length, count * 3);
        context.diagnostic(
          `${count} lines: ${Math.round(ended.peakKb / 1024)} MB, ${ended.stderr}`,
        );
        peaks.push(ended.peakKb);
      }
      const [small = 0, large = 0] = peaks;
      assert.ok(large - small < maxGrowthKb, `${small} kB for 10^5 lines, ${large} kB for 10^6`);
    });
  });
}

function writeLines(path: string, count: number): void {
  const file = openSync(path, "w");
  const block = `${"line ".repeat(3)}\n`.repeat(10_000);
  for (let written = 0; written < count; written += 10_000) writeSync(file, block);
  closeSync(file);
}
