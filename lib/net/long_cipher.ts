import type { LongRecord } from "../wire/record.ts";

const algorithm = "AES-GCM";

/** AES-256-GCM of the runtime, for the long records of one direction of a connection. */
export class LongCipher {
  readonly #usage: "encrypt" | "decrypt";
  readonly #keys = new WeakMap<Uint8Array, Promise<CryptoKey>>();

  constructor(usage: "encrypt" | "decrypt") {
    this.#usage = usage;
  }

  /** The box of a record: its ciphertext, then the tag. */
  async seal({ bytes, nonce, key }: LongRecord): Promise<Uint8Array> {
    const parameters = { name: algorithm, iv: nonce as BufferSource };
    const box = await crypto.subtle.encrypt(
      parameters,
      await this.#import(key),
      bytes as BufferSource,
    );
    return new Uint8Array(box);
  }

  /** The plaintext of a box, in a buffer of its own, or undefined if a single bit differs. */
  async open({ bytes, nonce, key }: LongRecord): Promise<Uint8Array | undefined> {
    const parameters = { name: algorithm, iv: nonce as BufferSource };
    const imported = await this.#import(key);
    try {
      return new Uint8Array(
        await crypto.subtle.decrypt(parameters, imported, bytes as BufferSource),
      );
    } catch {
      // It throws for a wrong tag.
      return undefined;
    }
  }

  /** Takes a key over into the runtime once, and wipes what it was made from. */
  #import(key: Uint8Array): Promise<CryptoKey> {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const raw = key.slice();
    key.fill(0);
    const imported = crypto.subtle.importKey("raw", raw, algorithm, false, [this.#usage]);
    this.#keys.set(key, imported);
    void imported.finally(() => raw.fill(0));
    return imported;
  }
}
