import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import { maxRecordPayloadBytes, minLongRecordBytes } from "../../../lib/wire/record.ts";
import { RecordReader } from "../../../lib/wire/record_reader.ts";
import {
  bytesOf,
  checkLength,
  frameHeader,
  RecordWriter,
} from "../../../lib/wire/record_writer.ts";
import { framesOf, quickCrypto as crypto, readChunk, rising } from "./fixtures.ts";

const key = rising(7);

/** Type and payload of every record of a message, and whether it is a long one. */
function recordsOf(writer: RecordWriter, payloadBytes: number): boolean[] {
  return [...writer.message(new Uint8Array(payloadBytes))].map((record) => "nonce" in record);
}

describe("RecordWriter", () => {
  it("leaves records from 16 KiB on to be sealed in suite 2, their type counted, and none in suite 1", () => {
    const longest = minLongRecordBytes - 2;
    const inSuite2 = new RecordWriter(crypto, key, "aes");
    assert.deepEqual([longest, longest + 1].map((bytes) => recordsOf(inSuite2, bytes)), [
      [false],
      [true],
    ]);
    assert.deepEqual(recordsOf(inSuite2, maxRecordPayloadBytes + 1), [true, false]);
    assert.deepEqual(recordsOf(new RecordWriter(crypto, key, "nacl"), longest + 1), [false]);
  });

  it("says before a long record how long its box is", () => {
    const [record] = [...new RecordWriter(crypto, key, "aes").message(new Uint8Array(20_000))];
    assert.ok(record !== undefined && "nonce" in record);
    assert.equal(record.bytes.length, 20_001);
    assert.deepEqual([...frameHeader(record)], [0, 0, 0x4e, 0x20 + 1 + 16]);
  });

  it("uses the memory of a record again once it is released", () => {
    const writer = new RecordWriter(crypto, key, "aes");
    const records = writer.message(new Uint8Array(4 * maxRecordPayloadBytes));
    const buffers = new Set<ArrayBufferLike>();
    for (const record of records) {
      assert.ok("nonce" in record);
      buffers.add(record.bytes.buffer);
      record.release();
    }
    assert.equal(buffers.size, 1);
  });

  it("joins the pieces of a message", () => {
    for (const suite of ["nacl", "aes"] as const) {
      const writer = new RecordWriter(crypto, key, suite);
      const reader = new RecordReader(crypto, key, suite);
      const pieces = [rising(0, 300_000), new Uint8Array(0), rising(5, 3), rising(9, 250_000)];
      for (const lane of ["control", "bulk"] as const) {
        const stream = concatBytes(...framesOf(writer.message(pieces, lane)));
        const [event] = readChunk(reader, stream);
        assert.ok(event !== undefined && "bytes" in event);
        assert.equal(event.kind, lane === "bulk" ? "bulk" : "message");
        assert.ok(concatBytes(...pieces).every((byte, index) => byte === event.bytes[index]));
        assert.equal(event.bytes.length, bytesOf(pieces));
      }
    }
  });

  it("refuses what is too long for its lane", () => {
    assert.throws(() => checkLength(limits.maxMessageBytes + 1, "control"), RangeError);
    checkLength(limits.maxMessageBytes + 1, "bulk");
    assert.throws(() => checkLength(limits.maxBulkMessageBytes + 1, "bulk"), RangeError);
  });
});
