import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MemoryDisk, MemoryJournal } from "../../../lib/journal/memory.ts";
import { describeJournal } from "./conformance.ts";
import { Owner, records, replayed } from "./owner.ts";

describeJournal("memory", async (use) => {
  const disk: MemoryDisk = { records: [] };
  await use({ open: () => Promise.resolve(new MemoryJournal({ disk })) });
});

describe("MemoryJournal", () => {
  it("commits when it is told to, and loses its unsynced tail in a crash", async () => {
    const disk: MemoryDisk = { records: [] };
    const due: (() => void)[] = [];
    const journal = new MemoryJournal({ disk, schedule: (commit) => due.push(commit) });
    const told: string[] = [];
    journal.append(records("a"), () => told.push("a"));
    journal.append(records("b"), () => told.push("b"));
    assert.equal(due.length, 1);
    due.shift()?.();
    journal.append(records("c"), () => told.push("c"));
    journal.crash();
    due.shift()?.();
    assert.deepEqual(told, ["a", "b"]);
    assert.deepEqual(await replayed(new MemoryJournal({ disk })), ["a", "b"]);
  });

  it("keeps the history before when it crashes in a compaction", async () => {
    const disk: MemoryDisk = { records: [] };
    const journal = new MemoryJournal({ disk, schedule: () => {} });
    const owner = await Owner.restore(journal);
    owner.set(["a", 1]);
    owner.set(["a", 2]);
    journal.commit();
    void owner.compactWhole();
    journal.crash();
    assert.deepEqual(await replayed(new MemoryJournal({ disk })), ["a=1", "a=2"]);
  });

  it("asks for a compaction when most of it is past", async () => {
    const journal = new MemoryJournal({ schedule: () => {} });
    journal.append([new Uint8Array(1024 * 1024), new Uint8Array(1)]);
    assert.equal(journal.wantsCompaction, false);
    journal.commit();
    assert.equal(journal.wantsCompaction, true);
    const compacting = journal.compact([]);
    journal.commit();
    await compacting;
    assert.equal(journal.wantsCompaction, false);
  });
});
