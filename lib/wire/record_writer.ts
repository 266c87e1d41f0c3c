import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import { frameHeaderBytes } from "./frame.ts";
import type { Suite } from "./handshake.ts";
import { bulkLengthBytes, maxRecordPayloadBytes, recordTypes } from "./record.ts";
import type { Lane, LongRecord, RekeyRule } from "./record.ts";
import { RecordKeys } from "./record_keys.ts";
import { limits } from "../proto/limits.ts";

/** A message in one piece or in several. */
export type Message = Uint8Array | readonly Uint8Array[];

/** A record that has to be sealed to be a frame: see {@link frameHeader}. */
export type UnsealedRecord = LongRecord & {
  /** Gives its memory back for the records behind it, once it is sealed: new memory costs more than the cipher. */
  readonly release: () => void;
};

/** A frame as it is sent, or what is to become one. */
export type WrittenRecord = Uint8Array | UnsealedRecord;

const nothing = new Uint8Array(0);

/** Seals messages of one direction. What it gives must be sent whole and in the order it was made. */
export class RecordWriter {
  readonly #crypto: Crypto;
  readonly #keys: RecordKeys;
  /** Plaintext that is sealed at once goes through here. */
  #scratch = nothing;
  #saidBye = false;

  constructor(crypto: Crypto, key: Uint8Array, suite: Suite, rule?: RekeyRule) {
    this.#crypto = crypto;
    this.#keys = new RecordKeys(crypto, key, suite, rule);
  }

  /**
   * The records of one message; a long one takes several, made as they are asked for. Pings and messages of the other
   * lane may go between them, messages of the same lane not.
   *
   * @throws {RangeError} for a message above `limits.maxMessageBytes`, in the bulk lane `limits.maxBulkMessageBytes`.
   */
  *message(message: Message, lane: Lane = "control"): Generator<WrittenRecord> {
    checkLength(bytesOf(message), lane);
    const isBulk = lane === "bulk";
    const pieces = message instanceof Uint8Array ? [message] : message;
    const source = new PieceSource(isBulk ? [lengthOf(message), ...pieces] : pieces);
    let leftBytes = bytesOf(message) + (isBulk ? bulkLengthBytes : 0);
    const spare: Uint8Array[] = [];
    while (leftBytes > maxRecordPayloadBytes) {
      const type = isBulk ? recordTypes.bulkMore : recordTypes.more;
      yield this.#record(type, source, maxRecordPayloadBytes, spare);
      leftBytes -= maxRecordPayloadBytes;
    }
    yield this.#record(isBulk ? recordTypes.bulkData : recordTypes.data, source, leftBytes, spare);
  }

  /** A frame that says nothing but that this side lives. */
  ping(): Uint8Array {
    return this.#empty(recordTypes.ping);
  }

  /** The last frame of this direction: without it the peer takes the end for a cut. The key is wiped. */
  bye(): Uint8Array {
    const frame = this.#empty(recordTypes.bye);
    this.#saidBye = true;
    this.#keys.wipe();
    return frame;
  }

  #empty(type: number): Uint8Array {
    // Too short to be a long record.
    return this.#record(type, new PieceSource([nothing]), 0, []) as Uint8Array;
  }

  #record(
    type: number,
    source: PieceSource,
    payloadBytes: number,
    spare: Uint8Array[],
  ): WrittenRecord {
    // The key is zeros by then: anybody could read what it seals.
    if (this.#saidBye) throw new Error("Cannot send a record: the goodbye is sent");
    const { isLong, nonce, key } = this.#keys.next(1 + payloadBytes);
    const room = isLong
      ? spare.pop() ?? new Uint8Array(1 + payloadBytes)
      : this.#room(payloadBytes);
    // The first records of a message are the longest.
    const plaintext = room.subarray(0, 1 + payloadBytes);
    plaintext[0] = type;
    source.read(plaintext.subarray(1));
    if (isLong) return { bytes: plaintext, nonce, key, release: () => spare.push(room) };
    const box = this.#crypto.seal(plaintext, nonce, key);
    const frame = new Uint8Array(frameHeaderBytes + box.length);
    new DataView(frame.buffer).setUint32(0, box.length);
    frame.set(box, frameHeaderBytes);
    return frame;
  }

  #room(payloadBytes: number): Uint8Array {
    if (this.#scratch.length <= payloadBytes) this.#scratch = new Uint8Array(1 + payloadBytes);
    return this.#scratch;
  }
}

/** What goes before the sealed form of a long record. */
export function frameHeader({ bytes }: LongRecord): Uint8Array {
  const header = new Uint8Array(frameHeaderBytes);
  new DataView(header.buffer).setUint32(0, bytes.length + cryptoLengths.tag);
  return header;
}

function lengthOf(message: Message): Uint8Array {
  const length = new Uint8Array(bulkLengthBytes);
  new DataView(length.buffer).setUint32(0, bytesOf(message));
  return length;
}

/** Length of a message. */
export function bytesOf(message: Message): number {
  if (message instanceof Uint8Array) return message.length;
  return message.reduce((sum, piece) => sum + piece.length, 0);
}

/** @throws {RangeError} For a message that is too long for its lane. */
export function checkLength(bytes: number, lane: Lane): void {
  const maxBytes = lane === "bulk" ? limits.maxBulkMessageBytes : limits.maxMessageBytes;
  if (bytes <= maxBytes) return;
  throw new RangeError(`Cannot send a message: ${bytes} bytes are more than ${maxBytes}`);
}

/** Reads pieces as if they were one. */
class PieceSource {
  readonly #pieces: readonly Uint8Array[];
  #index = 0;
  #offset = 0;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
  }

  /** Fills `target` with what comes next. */
  read(target: Uint8Array): void {
    let filled = 0;
    while (filled < target.length) {
      const piece = this.#pieces[this.#index];
      if (piece === undefined) throw new Error("Cannot read on: the pieces are at their end");
      const end = Math.min(piece.length, this.#offset + target.length - filled);
      target.set(piece.subarray(this.#offset, end), filled);
      filled += end - this.#offset;
      this.#offset = end;
      if (end < piece.length) return;
      this.#index++;
      this.#offset = 0;
    }
  }
}
