import { concatBytes, utf8 } from "./bytes.ts";
import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";

/** What a key is for; the label goes into its derivation. */
export type KeyLabel = "psk/node" | "psk/client" | "disc" | "monitor" | "rekey" | "long";

/** A key of 32 bytes for one purpose, from a key of 32 bytes. */
export function deriveKey(crypto: Crypto, key: Uint8Array, label: KeyLabel): Uint8Array {
  return crypto.hmacSha512(key, utf8(label)).slice(0, cryptoLengths.key);
}

/** `count` outputs of 64 bytes from a chaining key and new input: HKDF as the Noise framework defines it. */
export function hkdf(
  crypto: Crypto,
  chainingKey: Uint8Array,
  input: Uint8Array,
  count: 2 | 3,
): [Uint8Array, Uint8Array, Uint8Array] {
  const extracted = crypto.hmacSha512(chainingKey, input);
  const first = crypto.hmacSha512(extracted, Uint8Array.of(1));
  const second = crypto.hmacSha512(extracted, concatBytes(first, Uint8Array.of(2)));
  const third = count === 3
    ? crypto.hmacSha512(extracted, concatBytes(second, Uint8Array.of(3)))
    : new Uint8Array(0);
  extracted.fill(0);
  return [first, second, third];
}
