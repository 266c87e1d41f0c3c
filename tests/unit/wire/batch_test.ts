import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BatchReader, BatchWriter, readBatch } from "../../../lib/wire/batch.ts";
import { asFlag, asText, asUint } from "../../../lib/wire/batch_items.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

function bodyOf(write: (batch: BatchWriter) => void): Uint8Array {
  const batch = new BatchWriter();
  write(batch);
  const message = batch.finish(7);
  assert.equal(message[0], 7);
  return message.subarray(1);
}

describe("messages about many jobs", () => {
  it("say once what is the same for all", () => {
    const body = bodyOf((batch) => {
      batch.addEach([5, 5, 5]);
      batch.addEach([true, false]);
      batch.addEach([]);
    });
    assert.equal(new TextDecoder().decode(body.subarray(4)), "[5,[true,false],[]]");
    const reader = new BatchReader(body, 3);
    assert.deepEqual(reader.each(3, asUint()), [5, 5, 5]);
    assert.deepEqual(reader.each(2, asFlag), [true, false]);
    assert.deepEqual(reader.each(0, asUint()), []);
    reader.end();
  });

  it("give ids that have nothing in common, one id, and none", () => {
    const ids = ["a".repeat(32), "b".repeat(32)];
    const body = bodyOf((batch) => {
      batch.addIds(ids);
      batch.addIds(ids.slice(1));
      batch.addIds([]);
    });
    const reader = new BatchReader(body, 6);
    assert.deepEqual(reader.ids(), ids);
    assert.deepEqual(reader.ids(), ids.slice(1));
    assert.deepEqual(reader.ids(), []);
  });

  it("carry long and binary payloads as they are, each a copy of its own", () => {
    const long = "€".repeat(5000);
    const payloads = ["1", undefined, long, new Uint8Array([0, 255]), new Uint8Array(0)];
    const body = bodyOf((batch) => batch.addPacked(payloads));
    assert.ok(body.length < 3 * long.length + 100);
    const read = readBatch(body, 1, (batch) => batch.optionalPacked(payloads.length));
    assert.deepEqual(read, payloads);
    assert.equal((read[3] as Uint8Array).buffer.byteLength, 2);
  });

  it("are refused with another number of entries, columns or bytes", () => {
    const body = bodyOf((batch) => batch.addPacked(["1", new Uint8Array(2)]));
    assert.throws(() => new BatchReader(body, 2), MalformedTupleError);
    assert.throws(() => new BatchReader(body, 1).packed(1), MalformedTupleError);
    assert.throws(() => new BatchReader(body, 1).list(asText(9)), MalformedTupleError);
    assert.throws(() => readBatch(body, 1, () => 0), MalformedTupleError);
    assert.throws(
      () => new BatchReader(body.subarray(0, body.length - 1), 1).packed(2),
      MalformedTupleError,
    );
    const gap = bodyOf((batch) => batch.addPacked([undefined]));
    assert.throws(() => new BatchReader(gap, 1).packed(1), MalformedTupleError);
  });
});
