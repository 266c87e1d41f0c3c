import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ComputationId } from "../../../lib/proto/ids.ts";
import { BatchWriter, readBatch } from "../../../lib/wire/batch.ts";
import {
  addLeases,
  decodeCode,
  encodeCode,
  leaseColumns,
  readDuration,
  readId,
  readLeases,
} from "../../../lib/wire/scheduler_parts.ts";
import { encodeTuple, MalformedTupleError, TupleReader } from "../../../lib/wire/tuple.ts";
import { jobId } from "./scheduler_examples.ts";

/** Reader of one number or text. */
function readerOf(item: number | string): TupleReader {
  return new TupleReader(encodeTuple([item]).subarray(1));
}

describe("parts of messages of the shared scheduler", () => {
  it("name leases", () => {
    const leases = [
      { job: jobId(1), lease: 1, epoch: 2 },
      { job: jobId(1), lease: 7, epoch: 2 },
    ];
    const batch = new BatchWriter();
    addLeases(batch, leases);
    assert.deepEqual(readBatch(batch.finish(0).subarray(1), leaseColumns, readLeases), leases);
  });

  it("carry code with the hash that names it", () => {
    const code = { format: "module", filename: "muster:abc", text: "'\ufeffü'" } as const;
    const message = { type: "code", computation: "ab".repeat(32) as ComputationId, code } as const;
    assert.deepEqual(decodeCode(encodeCode(message)), message);
  });

  it("are ids, durations and numbers that are numbers", () => {
    assert.equal(readId(readerOf(jobId(1))), jobId(1));
    assert.throws(() => readId(readerOf("x".repeat(32))), MalformedTupleError);
    assert.equal(readDuration(readerOf(0.5)), 0.5);
    assert.throws(() => readDuration(readerOf(-1)), MalformedTupleError);
  });
});
