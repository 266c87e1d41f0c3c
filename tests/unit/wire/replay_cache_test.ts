import { it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import { ReplayCache } from "../../../lib/wire/replay_cache.ts";
import { rising } from "./fixtures.ts";

it("a key is a replay within the window and new after it", () => {
  const cache = new ReplayCache();
  assert.equal(cache.isReplay(rising(1), 0), false);
  assert.equal(cache.isReplay(rising(2), 30_000), false);
  assert.equal(cache.isReplay(rising(1), limits.handshakeReplayWindowMs - 1), true);
  assert.equal(cache.isReplay(rising(1), limits.handshakeReplayWindowMs), false);
  assert.equal(cache.isReplay(rising(2), limits.handshakeReplayWindowMs), true);
});

it("the oldest make room when it is full, the youngest stay", () => {
  const cache = new ReplayCache();
  const keyOf = (index: number) => new Uint8Array(Uint32Array.of(index).buffer);
  for (let index = 0; index <= limits.maxHandshakeReplays; index++) {
    assert.equal(cache.isReplay(keyOf(index), 1), false);
  }
  assert.equal(cache.isReplay(keyOf(limits.maxHandshakeReplays), 2), true);
  assert.equal(cache.isReplay(keyOf(0), 2), false);
});
