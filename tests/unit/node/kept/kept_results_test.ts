import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MemoryDisk, MemoryJournal } from "../../../../lib/journal/memory.ts";
import { KeptResults } from "../../../../lib/node/kept/kept_results.ts";
import type { ClusterId, JobId } from "../../../../lib/proto/ids.ts";
import type { LeaseEnd } from "../../../../lib/proto/scheduler_messages.ts";

const [one, other] = ["1".repeat(32), "2".repeat(32)] as [ClusterId, ClusterId];

function end(digit: string, bytes = 1): LeaseEnd {
  const job = digit.repeat(32) as JobId;
  const detail = digit.repeat(bytes);
  return { job, lease: 1, epoch: 0, outcome: { kind: "finished", detail }, runMs: 1 };
}

function open(disk: MemoryDisk, maxBytes = 1_000_000): Promise<KeptResults> {
  return KeptResults.open(new MemoryJournal({ disk }), maxBytes);
}

describe("what a node keeps of lost clients", () => {
  it("is there again after a restart, but for what was forgotten", async () => {
    const disk: MemoryDisk = { records: [] };
    const first = await open(disk);
    await first.save(one, [end("a"), end("b")], 1000);
    await first.save(other, [end("c")], 1000);
    first.remove(one, [end("a"), end("f")]);
    first.remove(other, [end("b")]);
    await first.save(one, [end("d")], 2000);
    await first.close();
    const second = await open(disk);
    assert.deepEqual(second.endsOf(one), [end("b"), end("d")]);
    assert.deepEqual(second.endsOf(other), [end("c")]);
    second.remove(other, [end("c")]);
    await second.close();
    assert.deepEqual((await open(disk)).endsOf(other), []);
  });

  it("expires with its cluster, counted from the last end", async () => {
    const disk: MemoryDisk = { records: [] };
    const kept = await open(disk);
    await kept.save(one, [end("a")], 1000);
    await kept.save(other, [end("b")], 1500);
    await kept.save(one, [end("c")], 2000);
    assert.equal(kept.expire(1000), 0);
    assert.equal(kept.expire(1600), 1);
    assert.deepEqual(kept.endsOf(other), []);
    await kept.close();
    const again = await open(disk);
    assert.equal(again.expire(1999), 0);
    assert.equal(again.expire(2000), 2);
    assert.deepEqual(again.endsOf(one), []);
  });

  it("has a bound, beyond which an end says that there was no room", async () => {
    const disk: MemoryDisk = { records: [] };
    const kept = await open(disk, 5000);
    await kept.save(one, [end("a", 3000), end("b", 3000), end("c", 100)], 1000);
    const kinds = kept.endsOf(one).map(({ outcome }) => outcome.kind);
    assert.deepEqual(kinds, ["finished", "threw", "finished"]);
    kept.remove(one, kept.endsOf(one));
    await kept.save(other, [end("d", 5000)], 1000);
    assert.deepEqual(kept.endsOf(other), [end("d", 5000)]);
    await kept.close();
    assert.deepEqual((await open(disk, 5000)).endsOf(other), [end("d", 5000)]);
  });

  it("is written anew once most of its journal is past", async () => {
    const disk: MemoryDisk = { records: [] };
    const kept = await open(disk);
    await kept.save(other, [end("b")], 1000);
    for (let round = 0; round < 40; round += 1) {
      await kept.save(one, [end("a", 100_000)], 1000);
      kept.remove(one, [end("a")]);
    }
    await kept.save(one, [end("c")], 1000);
    await kept.close();
    const bytes = disk.records.reduce((sum, { length }) => sum + length, 0);
    assert.ok(bytes < 3_000_000, `${bytes} bytes`);
    const again = await open(disk);
    assert.deepEqual([again.endsOf(one), again.endsOf(other)], [[end("c")], [end("b")]]);
  });
});
