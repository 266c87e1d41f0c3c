import assert from "node:assert/strict";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

/**
 * Checks that messages which are cut short, or have a byte too many, are refused, and that a changed byte gives a
 * message or the one error.
 */
export function refusesDamage(
  messages: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => unknown,
): void {
  let refused = 0;
  for (const bytes of messages) {
    // Long payloads are cut at some places only.
    const step = Math.max(1, Math.floor(bytes.length / 500));
    for (let length = 0; length < bytes.length; length += step) {
      assert.throws(() => decode(bytes.slice(0, length)), MalformedTupleError);
    }
    assert.throws(() => decode(Uint8Array.of(...bytes, 0)), MalformedTupleError);
    for (let at = 0; at < bytes.length; at += step) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        try {
          decode(damaged);
        } catch (error) {
          assert.ok(error instanceof MalformedTupleError, String(error));
          refused += 1;
        }
      }
    }
  }
  assert.ok(refused > 100, `refused ${refused}`);
}
