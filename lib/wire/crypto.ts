/** Lengths in bytes of what the primitives take and give. */
export const cryptoLengths = { key: 32, nonce: 24, tag: 16, hash: 64 } as const;

/** The primitives of suite 1. All implementations give the same bytes; they differ in speed only. */
export interface Crypto {
  /** X25519 of a secret key and a public key; all zeros for a public key of small order. */
  scalarMult(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** The public key of a secret key. */
  publicKeyOf(secretKey: Uint8Array): Uint8Array;
  /** XSalsa20-Poly1305 with the tag in front: `plaintext.length + 16` bytes. */
  seal(plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
  /** The plaintext of {@link seal}, in a buffer of its own, or undefined if a single bit differs. */
  open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined;
  /** SHA-512. */
  sha512(data: Uint8Array): Uint8Array;
  /** HMAC over SHA-512; the key has at most 128 bytes. */
  hmacSha512(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** Bytes SHA-512 takes at a time, to which HMAC pads its key. */
const hashBlockBytes = 128;

/** HMAC-SHA512 out of SHA-512, for libraries that offer the hash alone. */
export function hmacOf(
  sha512: (data: Uint8Array) => Uint8Array,
  key: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const inner = new Uint8Array(hashBlockBytes + data.length);
  const outer = new Uint8Array(hashBlockBytes + cryptoLengths.hash);
  inner.set(key);
  outer.set(key);
  for (let index = 0; index < hashBlockBytes; index++) {
    inner[index] = (inner[index] ?? 0) ^ 0x36;
    outer[index] = (outer[index] ?? 0) ^ 0x5c;
  }
  inner.set(data, hashBlockBytes);
  outer.set(sha512(inner), hashBlockBytes);
  const mac = sha512(outer);
  inner.fill(0);
  outer.fill(0);
  return mac;
}
