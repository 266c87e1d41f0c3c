import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterId, JobId, NodeId } from "../../../lib/proto/ids.ts";
import {
  decodeRecoverRecord,
  encodeRecoverRecord,
  type RecoverRecord,
} from "../../../lib/wire/recover_record.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

const job = "1".repeat(32) as JobId;
const other = "2f".repeat(16) as JobId;
const node = "n1~aa" as NodeId;

const records: readonly RecoverRecord[] = [
  { type: "begin", cluster: "ab".repeat(16) as ClusterId, startedAtMs: 1_700_000_000_000 },
  { type: "submit", job, number: 0, reentrant: false, args: "[7]" },
  { type: "submit", job, number: 2 ** 40, reentrant: true, args: Uint8Array.of(1, 2) },
  { type: "node", node, address: "[::1]:7701", hostKey: new Uint8Array(32).fill(3) },
  {
    type: "assigned",
    node,
    leases: [{ job, lease: 0, attempt: 1 }, { job: other, lease: 7, attempt: 3 }],
  },
  { type: "returned", jobs: [job, other] },
  {
    type: "ended",
    results: [
      {
        job,
        number: 3,
        ending: { status: "terminated", reason: "threw", detail: Uint8Array.of(9) },
        node,
        attempt: 2,
        runMs: 0.5,
      },
    ],
  },
  { type: "delivered", jobs: [other] },
  { type: "closed" },
];

describe("records of a recover file", () => {
  it("are read as they were written", () => {
    for (const record of records) {
      assert.deepEqual(decodeRecoverRecord(encodeRecoverRecord(record)), record);
    }
  });

  it("are nothing else", () => {
    for (const record of records) {
      const bytes = encodeRecoverRecord(record);
      const cut = bytes.subarray(0, bytes.length - 1);
      assert.throws(() => decodeRecoverRecord(cut), MalformedTupleError, record.type);
    }
    assert.throws(() => decodeRecoverRecord(Uint8Array.of(99)), MalformedTupleError);
    assert.throws(() => decodeRecoverRecord(new Uint8Array(0)), MalformedTupleError);
  });
});
