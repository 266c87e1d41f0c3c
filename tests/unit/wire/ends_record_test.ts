import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobId } from "../../../lib/proto/ids.ts";
import type { LeaseRef } from "../../../lib/proto/jobs.ts";
import {
  decodeEndsRecord,
  encodeEndsRecord,
  type EndsRecord,
  ownerKind,
} from "../../../lib/wire/ends_record.ts";
import { encodeFromNode } from "../../../lib/wire/scheduler_node_codec.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

function lease(digit: string): LeaseRef {
  return { job: digit.repeat(32) as JobId, lease: 3, epoch: 2 };
}

const records: readonly EndsRecord[] = [
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

describe("records of ends", () => {
  it("are read as they were written", () => {
    for (const record of records) {
      assert.deepEqual(decodeEndsRecord(encodeEndsRecord(record)), record);
    }
  });

  it("are nothing else", () => {
    const others = [
      new Uint8Array(0),
      Uint8Array.of(ownerKind),
      encodeFromNode({ type: "draining" }),
    ];
    for (const bytes of others) assert.throws(() => decodeEndsRecord(bytes), MalformedTupleError);
  });
});
