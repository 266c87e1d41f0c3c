import { it } from "node:test";
import assert from "node:assert/strict";
import { concatBytes, isAllZero, utf8 } from "../../../lib/wire/bytes.ts";

it("parts are joined in order, in a buffer of their own", () => {
  const joined = concatBytes(Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3));
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
  assert.equal(joined.buffer.byteLength, 3);
  assert.deepEqual(concatBytes(), new Uint8Array(0));
});

it("a single bit anywhere is not all zeros", () => {
  assert.equal(isAllZero(new Uint8Array(0)), true);
  assert.equal(isAllZero(new Uint8Array(32)), true);
  for (let index = 0; index < 32; index++) {
    assert.equal(isAllZero(new Uint8Array(32).fill(0x80, index, index + 1)), false);
  }
});

it("texts become UTF-8", () => {
  assert.equal(utf8("é").toHex(), "c3a9");
});
