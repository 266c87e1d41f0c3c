import { concatBytes, utf8 } from "./bytes.ts";
import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import { hkdf } from "./kdf.ts";

const zeroNonce = new Uint8Array(cryptoLengths.nonce);
const adLabel = utf8("ad");

/**
 * What both sides of a handshake know so far: a chaining key, a hash of every byte seen, and the key both give.
 * Follows the Noise framework, except that its cipher takes no associated data: the transcript goes into the key of
 * each message instead, which makes each key serve once, with a nonce of zeros.
 */
export class SymmetricState {
  readonly #crypto: Crypto;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #key = new Uint8Array(cryptoLengths.key);

  constructor(crypto: Crypto, protocolName: string) {
    this.#crypto = crypto;
    this.#hash = crypto.sha512(utf8(protocolName));
    this.#chainingKey = this.#hash.slice();
  }

  /** A state that goes on from here by itself. */
  clone(): SymmetricState {
    const copy = new SymmetricState(this.#crypto, "");
    copy.#chainingKey = this.#chainingKey.slice();
    copy.#hash = this.#hash.slice();
    copy.#key = this.#key.slice();
    return copy;
  }

  /** The hash of everything so far, which names this connection and no other. */
  get hash(): Uint8Array {
    return this.#hash.slice();
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#crypto.sha512(concatBytes(this.#hash, data));
  }

  mixKey(input: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.#crypto, this.#chainingKey, input, 2);
    this.#become(chainingKey, key);
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, hashed, key] = hkdf(this.#crypto, this.#chainingKey, input, 3);
    this.#become(chainingKey, key);
    this.mixHash(hashed);
  }

  /** Seals under all that happened so far, and adds the sealed bytes to it. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const box = this.#crypto.seal(plaintext, zeroNonce, this.#messageKey());
    this.mixHash(box);
    return box;
  }

  /** The plaintext, or undefined if the other side has seen, or knows, anything else. */
  decryptAndHash(box: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#crypto.open(box, zeroNonce, this.#messageKey());
    this.mixHash(box);
    return plaintext;
  }

  /** The two keys of the connection, from initiator to responder first, and wipes this state. */
  split(): [Uint8Array, Uint8Array] {
    const [first, second] = hkdf(this.#crypto, this.#chainingKey, new Uint8Array(0), 2);
    this.wipe();
    return [first.slice(0, cryptoLengths.key), second.slice(0, cryptoLengths.key)];
  }

  wipe(): void {
    this.#chainingKey.fill(0);
    this.#key.fill(0);
  }

  #become(chainingKey: Uint8Array, key: Uint8Array): void {
    this.wipe();
    this.#chainingKey = chainingKey;
    this.#key = key.slice(0, cryptoLengths.key);
  }

  #messageKey(): Uint8Array {
    const mac = this.#crypto.hmacSha512(this.#key, concatBytes(adLabel, this.#hash));
    return mac.subarray(0, cryptoLengths.key);
  }
}
