import nacl from "tweetnacl";
import { hmacOf } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";

/** The reference: plain JavaScript, ready at once, audited. */
export const tweetnaclCrypto: Crypto = {
  scalarMult: (secretKey, publicKey) => nacl.scalarMult(secretKey, publicKey),
  publicKeyOf: (secretKey) => nacl.scalarMult.base(secretKey),
  seal: (plaintext, nonce, key) => nacl.secretbox(plaintext, nonce, key),
  open: (box, nonce, key) => nacl.secretbox.open(box, nonce, key) ?? undefined,
  sha512: (data) => nacl.hash(data),
  hmacSha512: (key, data) => hmacOf(nacl.hash, key, data),
};
