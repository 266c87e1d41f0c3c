import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { isGoodLedger, ledgerText } from "../harness/ledger.ts";
import { musterRunners } from "../harness/runners.ts";
import { growthSince, slopeOf } from "./samples.ts";
import { soak } from "./soak.ts";

const skip = process.platform !== "linux" && "what processes hold is read from /proc";

describe("growth", () => {
  it("is that of the line that fits best", () => {
    assert.equal(slopeOf([1, 2, 3], [5, 7, 9]), 2);
    assert.equal(slopeOf([0, 1, 2, 3], [1, -1, 1, -1]), -0.4);
    assert.equal(slopeOf([4, 4], [1, 2]), 0);
  });

  it("is counted an hour, since a moment", () => {
    const samples = [900, 1, 2, 3].map((residentMb, second) => ({
      atMs: second * 1000,
      residentMb,
      files: 7,
    }));
    assert.deepEqual(growthSince(samples, 1), {
      residentMb: 3,
      residentMbPerHour: 3600,
      files: 7,
      filesPerHour: 0,
    });
    assert.equal(growthSince(samples, 2000), undefined);
  });
});

for (const runner of musterRunners()) {
  describe(`a long run in short (${runner.name})`, { skip }, () => {
    it("loses nothing while daemons are killed", async () => {
      const kills: string[] = [];
      const say = (line: string) => void kills.push(line);
      const { line, growths } = await soak(runner, { minutes: 0.3, seed: 7, say });
      process.stdout.write(`${ledgerText(line)}\n`);
      assert.ok(isGoodLedger(line), ledgerText(line));
      assert.ok(kills.length > 0 && growths.size > 0);
    });
  });
}
