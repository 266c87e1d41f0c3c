import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { cryptoLengths } from "../wire/crypto.ts";
import type { Crypto } from "../wire/crypto.ts";
import { loadSodiumCrypto } from "../wire/crypto_sodium.ts";
import { tweetnaclCrypto } from "../wire/crypto_tweetnacl.ts";

/** DER around a raw X25519 key (RFC 8410), up to the key itself. */
const secretKeyPrefix = Uint8Array.fromHex("302e020100300506032b656e04220420");
const publicKeyPrefix = Uint8Array.fromHex("302a300506032b656e032100");

/** The public key whose multiple by a secret key is that secret key's public key. */
const basePoint = Uint8Array.of(9, ...new Uint8Array(cryptoLengths.key - 1));

/** X25519 of the runtime itself, several times faster than in WebAssembly. */
export const nativeCurve: Pick<Crypto, "scalarMult" | "publicKeyOf"> = {
  scalarMult: (secretKey, publicKey) => multiply(secretKey, publicKey),
  publicKeyOf: (secretKey) => multiply(secretKey, basePoint),
};

let loading: Promise<Crypto> | undefined;

/** The fastest primitives of this runtime; the same object at every call. */
export function loadCrypto(): Promise<Crypto> {
  loading ??= loadSodiumCrypto()
    // Where WebAssembly is not allowed, plain JavaScript does the same, slower.
    .catch(() => tweetnaclCrypto)
    .then((boxes) => ({ ...boxes, ...nativeCurve }));
  return loading;
}

function multiply(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const keys = { privateKey: importSecret(secretKey), publicKey: importPublic(publicKey) };
  try {
    return new Uint8Array(diffieHellman(keys));
  } catch {
    // OpenSSL refuses points of small order by itself, where the reference gives zeros.
    return new Uint8Array(cryptoLengths.key);
  }
}

function importSecret(secretKey: Uint8Array): KeyObject {
  const key = derOf(secretKeyPrefix, secretKey);
  try {
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
  } finally {
    key.fill(0);
  }
}

function importPublic(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: derOf(publicKeyPrefix, publicKey), format: "der", type: "spki" });
}

function derOf(prefix: Uint8Array, key: Uint8Array): Buffer {
  return Buffer.concat([prefix, key]);
}
