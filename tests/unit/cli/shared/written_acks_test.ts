import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WrittenAcks } from "../../../../lib/cli/shared/written_acks.ts";
import { Job } from "../../../../lib/client/job.ts";
import type { JobId } from "../../../../lib/proto/ids.ts";

const owner = {
  cancel: () => {},
  describeFailure: () => {
    throw new Error("nothing fails here");
  },
};
const jobOf = (id: string): Job<unknown> => new Job<unknown>(id as JobId, [], owner);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("WrittenAcks", () => {
  it("acknowledges what had been written when a flush began, and only after it", async () => {
    const flushes: (() => void)[] = [];
    const told: string[] = [];
    const acks = new WrittenAcks({
      flush: () => new Promise((resolve) => flushes.push(resolve)),
      acknowledge: ({ id }) => told.push(id),
    });
    acks.add(jobOf("a"));
    acks.add(jobOf("b"));
    await turn();
    assert.deepEqual([flushes.length, told], [1, []]);
    flushes[0]?.();
    await turn();
    assert.deepEqual([flushes.length, told], [2, ["a"]]);
    flushes[1]?.();
    await turn();
    assert.deepEqual(told, ["a", "b"]);
  });

  it("acknowledges nothing that could not be written", async () => {
    const told: string[] = [];
    const acks = new WrittenAcks({
      flush: () => Promise.reject(new Error("the disk is full")),
      acknowledge: ({ id }) => told.push(id),
    });
    acks.add(jobOf("a"));
    await turn();
    assert.deepEqual(told, []);
  });
});
