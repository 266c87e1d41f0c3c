import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fillSmallDisk, refuseWrites, whyNoFailingDisk, whyNoSmallDisk } from "./full_disk.ts";
import { musterRunners } from "../harness/runners.ts";
import { fillSchedulerDisk, isGoodRelief } from "./full_scheduler.ts";
import { short, tearJournals } from "./run.ts";
import { Tally } from "./tally.ts";

function assertGood(tally: Tally): void {
  assert.deepEqual([...tally.losses, ...tally.problems], []);
}

describe("torn journals", () => {
  it("are recovered or refused, and nothing acknowledged is lost in silence", async () => {
    const tally = new Tally();
    await tearJournals(short, tally, () => {});
    assertGood(tally);
    assert.ok(tally.offsets > 50 && tally.flips > 500 && tally.kills === short.kills, `${tally}`);
    assert.ok(tally.recovered > 100 && tally.refusedLoudly > 100, `${tally}`);
  });

  it("wait for a full disk to have room, and lose nothing", {
    skip: whyNoSmallDisk !== undefined && "needs root on Linux, to mount a small disk",
  }, async () => {
    const tally = new Tally();
    await fillSmallDisk(tally);
    assertGood(tally);
  });

  it("wait for a failing disk to work again, and lose nothing", {
    skip: whyNoFailingDisk !== undefined && "needs Linux",
  }, async () => {
    const tally = new Tally();
    await refuseWrites(tally);
    assertGood(tally);
  });
});

for (const runner of musterRunners()) {
  describe(`a scheduler whose disk is full (${runner.name})`, {
    skip: whyNoSmallDisk !== undefined && "needs root on Linux, to mount a small disk",
  }, () => {
    for (const relief of ["room", "kill, then room"] as const) {
      it(`says so, and has lost nothing after: ${relief}`, async () => {
        const result = await fillSchedulerDisk(runner, relief);
        assert.ok(isGoodRelief(result), JSON.stringify(result, undefined, 2));
      });
    }
  });
}
