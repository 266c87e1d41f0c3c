import { it } from "node:test";
import assert from "node:assert/strict";
import {
  decodePeerHello,
  decodeResponderHello,
  encodePeerHello,
  encodeResponderHello,
  pad,
  unpad,
} from "../../../lib/wire/hello.ts";
import { encodeTuple, MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { peerHello, responderHello, rising } from "./fixtures.ts";

it("what both sides say arrives, whatever its length, in one size", () => {
  const full = { ...peerHello, name: "é".repeat(32), resumeToken: rising(1, 64) };
  for (const hello of [peerHello, full]) {
    const padded = encodePeerHello(hello, 256);
    assert.equal(padded.length, 256);
    assert.deepEqual(decodePeerHello(padded), hello);
  }
  const wide = { ...responderHello, epoch: Number.MAX_SAFE_INTEGER };
  assert.deepEqual(decodeResponderHello(encodeResponderHello(wide, 128)), wide);
});

it("padding holds any length that fits, and must be zeros", () => {
  for (const length of [0, 1, 61, 62]) {
    assert.deepEqual(unpad(pad(rising(1, length), 64)), rising(1, length));
  }
  assert.throws(() => pad(rising(1, 63), 64), RangeError);
  const dirty = pad(rising(1, 10), 64);
  dirty[63] = 1;
  assert.throws(() => unpad(dirty), MalformedTupleError);
  assert.throws(() => unpad(Uint8Array.of(0, 3, 1, 2)), MalformedTupleError);
});

it("nonsense of a member is refused", () => {
  const bodies = [
    [0, "a", rising(1, 16), null],
    [4, "a", rising(1, 16), null],
    [1, "a".repeat(65), rising(1, 16), null],
    [1, "a", rising(1, 15), null],
    [1, "a", rising(1, 16), rising(1, 65)],
    [1, "a", rising(1, 16), null, 1],
    [1, "a", rising(1, 16)],
  ];
  for (const body of bodies) {
    assert.throws(() => decodePeerHello(pad(encodeTuple(body), 256)), MalformedTupleError);
  }
  const numbers = [[256, 1, 1, 0, 1, 1], [1, 1, 1, -1, 1, 1], [1, 1, 1, 0.5, 1, 1], [
    1,
    1,
    1,
    0,
    1,
  ]];
  for (const body of numbers) {
    assert.throws(() => decodeResponderHello(pad(encodeTuple(body), 128)), MalformedTupleError);
  }
});
