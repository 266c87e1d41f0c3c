import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterId } from "../../../lib/proto/ids.ts";
import {
  decodeKeptRecord,
  encodeKeptRecord,
  type KeptRecord,
} from "../../../lib/wire/kept_record.ts";
import { encodeFromNode } from "../../../lib/wire/scheduler_node_codec.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { endsRecords } from "./ends_examples.ts";

const records: readonly KeptRecord[] = [
  { type: "cluster", cluster: "ab".repeat(16) as ClusterId, untilMs: 1_700_000_000_000 },
  ...endsRecords,
];

describe("records of what a node keeps", () => {
  it("are read as they were written", () => {
    for (const record of records) {
      assert.deepEqual(decodeKeptRecord(encodeKeptRecord(record)), record);
    }
  });

  it("are nothing else", () => {
    const others = [
      new Uint8Array(0),
      Uint8Array.of(254),
      encodeFromNode({ type: "draining" }),
      encodeKeptRecord({ type: "cluster", cluster: "a" as ClusterId, untilMs: 1 }),
    ];
    for (const bytes of others) assert.throws(() => decodeKeptRecord(bytes), MalformedTupleError);
  });
});
