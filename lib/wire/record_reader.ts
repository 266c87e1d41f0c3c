import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import { ByteCollector } from "./byte_collector.ts";
import { concatBytes, freeBytes } from "./bytes.ts";
import { FrameDecoder } from "./frame.ts";
import type { Suite } from "./handshake.ts";
import { bulkLengthBytes, maxRecordPayloadBytes, recordTypes } from "./record.ts";
import type { LongRecord, RecordEvent, RecordFailure, RekeyRule } from "./record.ts";
import { RecordKeys } from "./record_keys.ts";
import { limits } from "../proto/limits.ts";

/** A record in its place: proven, failed, or neither yet. */
type Entry = {
  readonly waitsFor: LongRecord | undefined;
  plaintext: Uint8Array | undefined;
  failure: RecordFailure | undefined;
};

/** Opens the records of one direction. Nothing of a message is given out before all of it is proven. */
export class RecordReader {
  readonly #crypto: Crypto;
  readonly #keys: RecordKeys;
  readonly #frames = new FrameDecoder(cryptoLengths.tag + 1);
  /** Records from the first one on that is not proven yet. */
  readonly #queue: Entry[] = [];
  /** Parts of the control message that has begun. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** The bulk message that has begun. */
  #bulk: ByteCollector | undefined;
  #unprovenBytes = 0;
  #openedRecords = 0;
  #saidBye = false;
  /** Whether a failure was found: nothing after it is looked at. */
  #isBroken = false;

  constructor(crypto: Crypto, key: Uint8Array, suite: Suite, rule?: RekeyRule) {
    this.#crypto = crypto;
    this.#keys = new RecordKeys(crypto, key, suite, rule);
  }

  /** Records of the peer so far, those among them that made no event yet: bytes that prove nothing do not count. */
  get openedRecords(): number {
    return this.#openedRecords;
  }

  /** Bytes of records that are being opened; whoever reads the stream stops at a bound of its own. */
  get unprovenBytes(): number {
    return this.#unprovenBytes;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): RecordEvent[] {
    const events: RecordEvent[] = [];
    if (chunk.length === 0 || this.#isBroken) return events;
    if (this.#saidBye) {
      this.#add({ failure: "afterBye" }, events);
      return events;
    }
    const { frames, failed } = this.#frames.push(chunk);
    for (const frame of frames) {
      if (!this.#isBroken) this.#accept(frame, events);
    }
    if (this.#isBroken) return events;
    if (this.#saidBye && !this.#frames.isBetweenFrames) this.#add({ failure: "afterBye" }, events);
    else if (failed) this.#add({ failure: "badLength" }, events);
    return events;
  }

  /** Takes the plaintext of a long record; undefined if it did not open. */
  opened(record: LongRecord, plaintext: Uint8Array | undefined): RecordEvent[] {
    const events: RecordEvent[] = [];
    const entry = this.#queue.find(({ waitsFor }) => waitsFor === record);
    if (entry === undefined) return events;
    this.#frames.recycle(record.bytes);
    if (plaintext === undefined) entry.failure = "badTag";
    else entry.plaintext = plaintext;
    this.#drain(events);
    return events;
  }

  /** Notes the end of the stream. */
  end(): RecordEvent[] {
    const events: RecordEvent[] = [];
    if (!this.#saidBye && !this.#isBroken) this.#add({ failure: "truncated" }, events);
    return events;
  }

  #accept(frame: Uint8Array, events: RecordEvent[]): void {
    if (this.#saidBye) return this.#add({ failure: "afterBye" }, events);
    const { isLong, nonce, key } = this.#keys.next(frame.length - cryptoLengths.tag);
    if (isLong) return this.#ask({ bytes: frame, nonce, key }, events);
    const plaintext = this.#crypto.open(frame, nonce, key);
    this.#frames.recycle(frame);
    if (plaintext === undefined) return this.#add({ failure: "badTag" }, events);
    if (plaintext[0] === recordTypes.bye) {
      this.#saidBye = true;
      this.#keys.wipe();
    }
    this.#add({ plaintext }, events);
  }

  #ask(record: LongRecord, events: RecordEvent[]): void {
    this.#queue.push({ waitsFor: record, plaintext: undefined, failure: undefined });
    this.#unprovenBytes += record.bytes.length;
    events.push({ kind: "open", record });
  }

  /** Puts in its place what needs no more work. */
  #add({ plaintext, failure }: Partial<Entry>, events: RecordEvent[]): void {
    if (failure !== undefined) this.#isBroken = true;
    if (this.#queue.length > 0) {
      this.#queue.push({ waitsFor: undefined, plaintext, failure });
    } else this.#settle(plaintext, failure, events);
  }

  #drain(events: RecordEvent[]): void {
    for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
      const { waitsFor, plaintext, failure } = entry;
      if (plaintext === undefined && failure === undefined) return;
      this.#queue.shift();
      this.#unprovenBytes -= waitsFor?.bytes.length ?? 0;
      this.#settle(plaintext, failure, events);
    }
  }

  #settle(
    plaintext: Uint8Array | undefined,
    failure: RecordFailure | undefined,
    events: RecordEvent[],
  ): void {
    const event = plaintext === undefined ? this.#fail(failure ?? "badTag") : this.#read(plaintext);
    if (event !== undefined) events.push(event);
  }

  #read(plaintext: Uint8Array): RecordEvent | undefined {
    this.#openedRecords++;
    const payload = plaintext.subarray(1);
    switch (plaintext[0]) {
      case recordTypes.data:
        return this.#part(payload, true);
      case recordTypes.more:
        return this.#part(payload, false);
      case recordTypes.bulkData:
        return this.#bulkPart(payload, true);
      case recordTypes.bulkMore:
        return this.#bulkPart(payload, false);
      case recordTypes.ping:
        return payload.length === 0 ? { kind: "ping" } : this.#fail("badRecord");
      case recordTypes.bye:
        return payload.length === 0 && this.#isBetweenMessages
          ? { kind: "bye" }
          : this.#fail("badRecord");
      default:
        return this.#fail("badRecord");
    }
  }

  get #isBetweenMessages(): boolean {
    return this.#parts.length === 0 && this.#bulk === undefined;
  }

  #part(payload: Uint8Array, isLast: boolean): RecordEvent | undefined {
    this.#partBytes += payload.length;
    if (this.#partBytes > limits.maxMessageBytes) return this.#fail("tooLong");
    // A part without content would let a peer fill the list for nothing.
    if (!isLast && payload.length !== maxRecordPayloadBytes) return this.#fail("badRecord");
    this.#parts.push(payload);
    if (!isLast) return undefined;
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only ? only : concatBytes(...this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    return { kind: "message", bytes };
  }

  /** The length of a bulk message is known from its beginning: its parts go to their place at once. */
  #bulkPart(payload: Uint8Array, isLast: boolean): RecordEvent | undefined {
    const bulk = this.#bulk ?? beginBulk(payload);
    if (typeof bulk === "string") return this.#fail(bulk);
    const content = this.#bulk === undefined ? payload.subarray(bulkLengthBytes) : payload;
    const isFull = isLast || payload.length === maxRecordPayloadBytes;
    if (!isFull || content.length > bulk.leftBytes) return this.#fail("badRecord");
    bulk.add(content);
    freeBytes(payload);
    if (isLast !== (bulk.leftBytes === 0)) return this.#fail("badRecord");
    this.#bulk = isLast ? undefined : bulk;
    return isLast ? { kind: "bulk", bytes: bulk.bytes } : undefined;
  }

  #fail(reason: RecordFailure): RecordEvent {
    this.#isBroken = true;
    this.#keys.wipe();
    this.#queue.length = 0;
    this.#unprovenBytes = 0;
    this.#parts = [];
    this.#bulk = undefined;
    return { kind: "failed", reason };
  }
}

function beginBulk(payload: Uint8Array): ByteCollector | RecordFailure {
  if (payload.length < bulkLengthBytes) return "badRecord";
  const bytes = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  return bytes > limits.maxBulkMessageBytes ? "tooLong" : new ByteCollector(bytes);
}
