import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import type { Suite } from "./handshake.ts";
import { deriveKey } from "./kdf.ts";
import { minLongRecordBytes } from "./record.ts";
import type { RekeyRule } from "./record.ts";
import { limits } from "../proto/limits.ts";

/** What one record is sealed with. */
export type RecordSeal = {
  /** Whether it is AES-256-GCM, and not secretbox. */
  readonly isLong: boolean;
  /** Valid until the next record, unless it is a long one. */
  readonly nonce: Uint8Array;
  readonly key: Uint8Array;
};

const rekeyRule: RekeyRule = { records: limits.rekeyAfterRecords, bytes: limits.rekeyAfterBytes };
const counterBytes = 8;
const longNonceBytes = 12;

/** The keys of one direction: their counter is never sent, and they change by themselves. */
export class RecordKeys {
  readonly #crypto: Crypto;
  readonly #suite: Suite;
  readonly #rule: RekeyRule;
  readonly #nonce = new Uint8Array(cryptoLengths.nonce);
  readonly #counter = new DataView(this.#nonce.buffer, cryptoLengths.nonce - counterBytes);
  #key: Uint8Array;
  #longKey: Uint8Array | undefined;
  #next = 0n;
  #records = 0;
  #bytes = 0;

  constructor(crypto: Crypto, key: Uint8Array, suite: Suite, rule: RekeyRule = rekeyRule) {
    this.#crypto = crypto;
    this.#suite = suite;
    this.#rule = rule;
    this.#key = key.slice();
  }

  /** Counts a record of so many bytes of plaintext. */
  next(plainBytes: number): RecordSeal {
    if (this.#records >= this.#rule.records || this.#bytes >= this.#rule.bytes) this.#rekey();
    this.#counter.setBigUint64(0, this.#next);
    this.#next++;
    this.#records++;
    this.#bytes += plainBytes;
    const isLong = this.#suite === "aes" && plainBytes >= minLongRecordBytes;
    if (!isLong) return { isLong, nonce: this.#nonce, key: this.#key };
    this.#longKey ??= deriveKey(this.#crypto, this.#key, "long");
    return { isLong, nonce: this.#nonce.slice(-longNonceBytes), key: this.#longKey };
  }

  /** The key of long records is wiped by whoever uses it, since records under it may be in work. */
  wipe(): void {
    this.#key.fill(0);
    this.#longKey = undefined;
  }

  #rekey(): void {
    const next = deriveKey(this.#crypto, this.#key, "rekey");
    this.wipe();
    this.#key = next;
    this.#records = 0;
    this.#bytes = 0;
  }
}
