import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SchedulerId } from "../../../lib/proto/ids.ts";
import {
  decodeOutboxRecord,
  encodeOutboxRecord,
  type OutboxRecord,
} from "../../../lib/wire/outbox_codec.ts";
import { encodeFromNode } from "../../../lib/wire/scheduler_node_codec.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { endsRecords } from "./ends_examples.ts";

const records: readonly OutboxRecord[] = [
  { type: "owner", scheduler: "ab".repeat(16) as SchedulerId, epoch: 7 },
  ...endsRecords,
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
