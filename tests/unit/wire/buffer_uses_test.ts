import { it } from "node:test";
import assert from "node:assert/strict";
import { Token, Type } from "cborg";
import { BufferUses } from "../../../lib/wire/buffer_uses.ts";
import type { TokenTree } from "../../../lib/wire/value_tokens.ts";

/** The byte strings among tokens, which is what is sent of a buffer. */
function payloads(tokens: TokenTree): string[] {
  if (Array.isArray(tokens)) return tokens.flatMap(payloads);
  return tokens.type === Type.bytes ? [(tokens.value as Uint8Array).toHex()] : [];
}

const mentioned: number[] = [];
const mention = (place: number): TokenTree => {
  mentioned.push(place);
  return new Token(Type.uint, place);
};

it("a single view brings the bytes it shows", () => {
  const uses = new BufferUses();
  const buffer = Uint8Array.of(1, 2, 3, 4).buffer;
  const tokens = uses.addView(new Uint8Array(buffer, 1, 2), 5);
  assert.deepEqual(tokens, []);
  uses.finish(mention);
  assert.deepEqual(payloads(tokens), ["0203"]);
  assert.deepEqual(mentioned, []);
});

it("several views bring the bytes they span once, with the first of them", () => {
  const uses = new BufferUses();
  const { buffer } = Uint8Array.from({ length: 32 }, (_, index) => index);
  const first = uses.addView(new Uint8Array(buffer, 17, 1), 3);
  const second = uses.addView(new Uint8Array(buffer, 10, 2), 9);
  uses.finish(mention);
  assert.deepEqual(payloads(first), ["08090a0b0c0d0e0f1011"]);
  assert.deepEqual(payloads(second), []);
  // The buffer stands behind the view at place 3.
  assert.deepEqual(mentioned.splice(0), [3.5]);
});

it("a buffer that is a value itself comes whole, wherever it stands", () => {
  const uses = new BufferUses();
  const { buffer } = Uint8Array.of(1, 2, 3, 4);
  const view = uses.addView(new Uint8Array(buffer, 2, 1), 1);
  const whole = uses.addBuffer(buffer, 2);
  uses.finish(mention);
  assert.deepEqual(payloads(view), ["01020304"]);
  assert.deepEqual(payloads(whole), []);
  assert.deepEqual(mentioned.splice(0), [1.5]);
});
