import sodium from "libsodium-wrappers";
import { cryptoLengths, hmacOf } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";

/** libsodium compiled to WebAssembly: the bytes of the reference, several times faster. Resolves once it is compiled. */
export async function loadSodiumCrypto(): Promise<Crypto> {
  await sodium.ready;
  const sha512 = (data: Uint8Array) => sodium.crypto_hash(data);
  return {
    scalarMult: (secretKey, publicKey) => multiply(secretKey, publicKey),
    publicKeyOf: (secretKey) => sodium.crypto_scalarmult_base(secretKey),
    seal: (plaintext, nonce, key) => sodium.crypto_secretbox_easy(plaintext, nonce, key),
    open: (box, nonce, key) => open(box, nonce, key),
    sha512,
    hmacSha512: (key, data) => hmacOf(sha512, key, data),
  };
}

function multiply(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return sodium.crypto_scalarmult(secretKey, publicKey);
  } catch {
    // libsodium refuses points of small order by itself, where the others give zeros.
    return new Uint8Array(cryptoLengths.key);
  }
}

function open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  try {
    return sodium.crypto_secretbox_open_easy(box, nonce, key);
  } catch {
    // The wrapper throws for a wrong tag.
    return undefined;
  }
}
