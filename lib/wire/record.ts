import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import { FrameDecoder, frameHeaderBytes } from "./frame.ts";
import { deriveKey } from "./kdf.ts";
import { limits } from "../proto/limits.ts";

/** First byte of a record's plaintext. */
export const recordTypes = { data: 1, more: 2, ping: 3, bye: 4 } as const;

/** Plaintext of one record beside its type. */
export const maxRecordPayloadBytes = limits.maxRecordBytes - cryptoLengths.tag - 1;

/** When both sides change keys; fixed by the protocol, smaller in tests alone. */
export type RekeyRule = { readonly records: number; readonly bytes: number };

const rekeyRule: RekeyRule = { records: limits.rekeyAfterRecords, bytes: limits.rekeyAfterBytes };

/** Why a stream of records cannot go on. */
export type RecordFailure =
  /** A length outside its bounds. */
  | "badLength"
  /** Changed, dropped, repeated, reordered or foreign bytes. */
  | "badTag"
  /** A record of no known type, or one with a content it must not have. */
  | "badRecord"
  /** More than `limits.maxMessageBytes` in one message. */
  | "tooLong"
  /** Bytes after the peer said goodbye. */
  | "afterBye"
  /** The stream ended without a goodbye: something was cut off. */
  | "truncated";

/** What {@link RecordReader} found, in the order of the stream; nothing follows `failed`. */
export type RecordEvent =
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  | { readonly kind: "ping" }
  | { readonly kind: "bye" }
  | { readonly kind: "failed"; readonly reason: RecordFailure };

/** The key of one direction: its counter is never sent, and it changes by itself. */
class RecordKey {
  readonly #crypto: Crypto;
  readonly #rule: RekeyRule;
  readonly #nonce = new Uint8Array(cryptoLengths.nonce);
  readonly #counter = new DataView(this.#nonce.buffer, cryptoLengths.nonce - 8);
  #key: Uint8Array;
  #next = 0n;
  #records = 0;
  #bytes = 0;

  constructor(crypto: Crypto, key: Uint8Array, rule: RekeyRule) {
    this.#crypto = crypto;
    this.#rule = rule;
    this.#key = key.slice();
  }

  seal(plaintext: Uint8Array): Uint8Array {
    const box = this.#crypto.seal(plaintext, this.#prepare(), this.#key);
    this.#used(plaintext.length);
    return box;
  }

  open(box: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#crypto.open(box, this.#prepare(), this.#key);
    if (plaintext !== undefined) this.#used(plaintext.length);
    return plaintext;
  }

  wipe(): void {
    this.#key.fill(0);
  }

  /** The nonce of the next record, after a change of keys if one is due. */
  #prepare(): Uint8Array {
    if (this.#records >= this.#rule.records || this.#bytes >= this.#rule.bytes) {
      const next = deriveKey(this.#crypto, this.#key, "rekey");
      this.#key.fill(0);
      this.#key = next;
      this.#records = 0;
      this.#bytes = 0;
    }
    this.#counter.setBigUint64(0, this.#next);
    return this.#nonce;
  }

  #used(bytes: number): void {
    this.#next++;
    this.#records++;
    this.#bytes += bytes;
  }
}

/** Seals messages of one direction. Its output must be sent whole and in the order it was made. */
export class RecordWriter {
  readonly #key: RecordKey;
  #saidBye = false;

  constructor(crypto: Crypto, key: Uint8Array, rule: RekeyRule = rekeyRule) {
    this.#key = new RecordKey(crypto, key, rule);
  }

  /**
   * The frames of one message; a long one takes several, made as they are asked for. Pings may go between them, other
   * messages not: what must not wait behind a large payload is sent before its next part, as a message of its own.
   *
   * @throws {RangeError} for a message above `limits.maxMessageBytes`.
   */
  *message(message: Uint8Array): Generator<Uint8Array> {
    if (message.length > limits.maxMessageBytes) {
      throw new RangeError(
        `Cannot send a message: ${message.length} bytes are more than ${limits.maxMessageBytes}`,
      );
    }
    let offset = 0;
    while (message.length - offset > maxRecordPayloadBytes) {
      const end = offset + maxRecordPayloadBytes;
      yield this.#frame(recordTypes.more, message.subarray(offset, end));
      offset = end;
    }
    yield this.#frame(recordTypes.data, message.subarray(offset));
  }

  /** A frame that says nothing but that this side lives. */
  ping(): Uint8Array {
    return this.#frame(recordTypes.ping, new Uint8Array(0));
  }

  /** The last frame of this direction: without it the peer takes the end for a cut. The key is wiped. */
  bye(): Uint8Array {
    const frame = this.#frame(recordTypes.bye, new Uint8Array(0));
    this.#saidBye = true;
    this.#key.wipe();
    return frame;
  }

  #frame(type: number, payload: Uint8Array): Uint8Array {
    // The key is zeros by then: anybody could read what it seals.
    if (this.#saidBye) throw new Error("Cannot send a record: the goodbye is sent");
    const plaintext = new Uint8Array(1 + payload.length);
    plaintext[0] = type;
    plaintext.set(payload, 1);
    const box = this.#key.seal(plaintext);
    const frame = new Uint8Array(frameHeaderBytes + box.length);
    new DataView(frame.buffer).setUint32(0, box.length);
    frame.set(box, frameHeaderBytes);
    return frame;
  }
}

/** Opens the records of one direction. Nothing of a message is given out before all of it is proven. */
export class RecordReader {
  readonly #key: RecordKey;
  readonly #frames = new FrameDecoder(cryptoLengths.tag + 1);
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #openedRecords = 0;
  #saidBye = false;
  #failed = false;

  constructor(crypto: Crypto, key: Uint8Array, rule: RekeyRule = rekeyRule) {
    this.#key = new RecordKey(crypto, key, rule);
  }

  /** Records of the peer so far, those among them that made no event yet: bytes that prove nothing do not count. */
  get openedRecords(): number {
    return this.#openedRecords;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): RecordEvent[] {
    const events: RecordEvent[] = [];
    if (chunk.length === 0 || this.#failed) return events;
    if (this.#saidBye) return [this.#fail("afterBye")];
    const { frames, failed } = this.#frames.push(chunk);
    for (const frame of frames) {
      const event = this.#saidBye ? this.#fail("afterBye") : this.#open(frame);
      if (event !== undefined) events.push(event);
      if (event?.kind === "failed") return events;
    }
    if (this.#saidBye && !this.#frames.isBetweenFrames) events.push(this.#fail("afterBye"));
    else if (failed) events.push(this.#fail("badLength"));
    return events;
  }

  /** Notes the end of the stream. */
  end(): RecordEvent[] {
    return this.#saidBye || this.#failed ? [] : [this.#fail("truncated")];
  }

  #open(frame: Uint8Array): RecordEvent | undefined {
    const plaintext = this.#key.open(frame);
    if (plaintext === undefined) return this.#fail("badTag");
    this.#openedRecords++;
    const payload = plaintext.subarray(1);
    switch (plaintext[0]) {
      case recordTypes.data:
      case recordTypes.more:
        return this.#part(payload, plaintext[0] === recordTypes.data);
      case recordTypes.ping:
        return payload.length === 0 ? { kind: "ping" } : this.#fail("badRecord");
      case recordTypes.bye:
        return this.#bye(payload);
      default:
        return this.#fail("badRecord");
    }
  }

  #part(payload: Uint8Array, isLast: boolean): RecordEvent | undefined {
    this.#partBytes += payload.length;
    if (this.#partBytes > limits.maxMessageBytes) return this.#fail("tooLong");
    // A part without content would let a peer fill the list for nothing.
    if (!isLast && payload.length !== maxRecordPayloadBytes) return this.#fail("badRecord");
    if (isLast && this.#parts.length === 0) {
      this.#partBytes = 0;
      return { kind: "message", bytes: payload };
    }
    this.#parts.push(payload);
    if (!isLast) return undefined;
    const bytes = new Uint8Array(this.#partBytes);
    let offset = 0;
    for (const part of this.#parts) {
      bytes.set(part, offset);
      offset += part.length;
    }
    this.#parts = [];
    this.#partBytes = 0;
    return { kind: "message", bytes };
  }

  #bye(payload: Uint8Array): RecordEvent {
    if (payload.length > 0 || this.#parts.length > 0) return this.#fail("badRecord");
    this.#saidBye = true;
    this.#key.wipe();
    return { kind: "bye" };
  }

  #fail(reason: RecordFailure): RecordEvent {
    this.#failed = true;
    this.#key.wipe();
    this.#parts = [];
    return { kind: "failed", reason };
  }
}
