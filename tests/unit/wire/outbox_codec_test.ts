import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobId, SchedulerId } from "../../../lib/proto/ids.ts";
import type { LeaseRef } from "../../../lib/proto/jobs.ts";
import {
  decodeOutboxRecord,
  encodeOutboxRecord,
  type OutboxRecord,
} from "../../../lib/wire/outbox_codec.ts";
import { encodeFromNode } from "../../../lib/wire/scheduler_node_codec.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

function lease(digit: string): LeaseRef {
  return { job: digit.repeat(32) as JobId, lease: 3, epoch: 2 };
}

const records: OutboxRecord[] = [
  { type: "owner", scheduler: "ab".repeat(16) as SchedulerId, epoch: 7 },
  {
    type: "ends",
    ends: [
      { ...lease("1"), outcome: { kind: "finished", detail: "49" }, runMs: 1.5 },
      { ...lease("2"), outcome: { kind: "threw", detail: Uint8Array.of(1, 2) }, runMs: 0 },
      { ...lease("3"), outcome: { kind: "expired" }, runMs: 9 },
    ],
  },
  { type: "ends", ends: [] },
  { type: "gone", leases: [lease("1"), lease("f")] },
];

describe("outbox records", () => {
  it("are read as they were written", () => {
    for (const record of records) {
      assert.deepEqual(decodeOutboxRecord(encodeOutboxRecord(record)), record);
    }
  });

  it("are nothing else", () => {
    const others = [
      new Uint8Array(0),
      Uint8Array.of(254),
      encodeFromNode({ type: "draining" }),
      encodeOutboxRecord({ type: "owner", scheduler: "a" as SchedulerId, epoch: 1 }).subarray(0, 3),
    ];
    for (const bytes of others) assert.throws(() => decodeOutboxRecord(bytes), MalformedTupleError);
  });
});
