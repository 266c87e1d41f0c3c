import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  checksumBatch,
  checksumNumbers,
  packRecords,
  unpackRecords,
} from "../../../lib/journal/batch_codec.ts";

describe("batches of records", () => {
  it("come out as they went in", () => {
    fc.assert(fc.property(fc.array(fc.uint8Array()), (records) => {
      const unpacked = unpackRecords(packRecords(records));
      assert.deepEqual(unpacked?.map((each) => [...each]), records.map((each) => [...each]));
    }));
  });

  it("are refused when they end too early or too late", () => {
    const body = packRecords([new Uint8Array(3), new Uint8Array(0)]);
    for (let length = 1; length < body.length; length++) {
      if (length === 7) continue; // the first record alone
      assert.equal(unpackRecords(body.subarray(0, length)), undefined);
    }
    assert.equal(unpackRecords(Uint8Array.of(...body, 0)), undefined);
  });

  it("have a checksum that tells their place and kind, and every flipped bit", () => {
    const body = packRecords([Uint8Array.of(1, 2, 3)]);
    const genuine = checksumBatch(7, 0, body);
    assert.equal(genuine, checksumBatch(7, 0, body.slice()));
    assert.notEqual(genuine, checksumBatch(8, 0, body));
    assert.notEqual(genuine, checksumBatch(7, 1, body));
    for (let bit = 0; bit < 8 * body.length; bit++) {
      const flipped = body.map((byte, at) => at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte);
      assert.notEqual(genuine, checksumBatch(7, 0, flipped));
    }
    assert.notEqual(checksumNumbers(1, 2), checksumNumbers(2, 1));
  });
});
