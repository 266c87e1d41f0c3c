import { it } from "node:test";
import assert from "node:assert/strict";
import { SymmetricState } from "../../../lib/wire/symmetric_state.ts";
import { quickCrypto as crypto, rising } from "./fixtures.ts";

function started(): SymmetricState {
  const state = new SymmetricState(crypto, "test");
  state.mixKeyAndHash(rising(1));
  return state;
}

it("two sides that saw the same open each other's parts and split into the same keys", () => {
  const [left, right] = [started(), started()];
  for (const text of [rising(1, 0), rising(2, 50), rising(2, 50)]) {
    assert.deepEqual(right.decryptAndHash(left.encryptAndHash(text)), text);
  }
  assert.deepEqual(left.hash, right.hash);
  const [sending, receiving] = left.split();
  assert.deepEqual(right.split(), [sending, receiving]);
  assert.notDeepEqual(sending, receiving);
});

it("the same text under the same key never gives the same bytes", () => {
  const state = started();
  const boxes = [1, 2, 3].map(() => state.encryptAndHash(rising(1)).toHex());
  assert.equal(new Set(boxes).size, 3);
});

it("a side that saw one byte more opens nothing", () => {
  const [left, right] = [started(), started()];
  right.mixHash(Uint8Array.of(0));
  assert.equal(right.decryptAndHash(left.encryptAndHash(rising(1))), undefined);
});

it("a copy goes on by itself", () => {
  const origin = started();
  const copy = origin.clone();
  const before = origin.hash;
  copy.mixKey(rising(5));
  copy.mixHash(rising(6));
  assert.deepEqual(origin.hash, before);
  assert.deepEqual(origin.encryptAndHash(rising(7)), started().encryptAndHash(rising(7)));
});
