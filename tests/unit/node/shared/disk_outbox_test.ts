import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MemoryDisk, MemoryJournal } from "../../../../lib/journal/memory.ts";
import { DiskOutbox } from "../../../../lib/node/shared/disk_outbox.ts";
import { limits } from "../../../../lib/proto/limits.ts";
import type { JobId, SchedulerId } from "../../../../lib/proto/ids.ts";
import type { LeaseEnd } from "../../../../lib/proto/scheduler_messages.ts";

const owner = { scheduler: "5".repeat(32) as SchedulerId, epoch: 2 };

function end(digit: string): LeaseEnd {
  const job = digit.repeat(32) as JobId;
  return { job, lease: 1, epoch: 2, outcome: { kind: "finished", detail: digit }, runMs: 1 };
}

function open(disk: MemoryDisk): Promise<DiskOutbox> {
  return DiskOutbox.open(new MemoryJournal({ disk }), "key");
}

describe("DiskOutbox", () => {
  it("begins empty", async () => {
    const outbox = await open({ records: [] });
    assert.deepEqual(outbox.found, { saved: [], epoch: 0 });
  });

  it("finds again what was saved and not removed, and whose it is", async () => {
    const disk: MemoryDisk = { records: [] };
    const first = await open(disk);
    first.save([end("1"), end("2")], owner);
    first.save([end("3")], owner);
    first.remove([end("1"), end("3")]);
    await first.close();
    const second = await open(disk);
    assert.deepEqual(second.found, { saved: [end("2")], ...owner });
  });

  it("keeps more than a journal takes at once", async () => {
    const disk: MemoryDisk = { records: [] };
    const first = await open(disk);
    const detail = new Uint8Array(limits.maxJournalAppendBytes / 8);
    const ends = Array.from("0123456789abc", (digit) => ({
      ...end(digit),
      outcome: { kind: "finished", detail } as const,
    }));
    first.save(ends, owner);
    await first.close();
    const second = await open(disk);
    assert.deepEqual(second.found.saved.map(({ job }) => job), ends.map(({ job }) => job));
  });

  it("keeps nothing for nobody", async () => {
    const disk: MemoryDisk = { records: [] };
    const outbox = await open(disk);
    outbox.save([end("1")], { scheduler: undefined, epoch: 0 });
    await outbox.close();
    assert.equal(disk.records.length, 0);
  });
});
