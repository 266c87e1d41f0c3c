import { Buffer } from "node:buffer";
import {
  type Carried,
  isLong,
  minParcelLength,
  type RunnerMessage,
  type TaskBatch,
} from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";
import { ByteCollector } from "../wire/byte_collector.ts";
import { freeBytes } from "../wire/bytes.ts";
import { isParcel, parcelOf } from "../wire/parcel.ts";

/**
 * Messages between a host and its executor process, as bytes: `u32 length | u8 kind | payload`, little-endian. A text
 * is its UTF-8 bytes. An object is `u32 header length | header | parts`: the header is JSON, and where it says
 * `{"$part": n}` the value is the next n bytes of the parts, where it says `{"$text": n}` a text in so many bytes, which
 * stays in them: see `Parcel`.
 */
const lengthBytes = 4;
const textKind = 0;
const objectKind = 1;
const partKey = "$part";
const textKey = "$text";

/** Encodes tasks; long texts go as bytes. */
export function encodeTasks(batch: TaskBatch): Uint8Array[] {
  if (typeof batch === "string") return encodeMessage(batch);
  return encodeMessage({ ...batch, args: batch.args.map(longTextAsBytes) });
}

/** Encodes what a runner says; long texts go as bytes. */
export function encodeRunnerMessage(message: RunnerMessage): Uint8Array[] {
  if (typeof message === "string" || message.type !== "results") return encodeMessage(message);
  const results = message.results.map((result) => ({
    ...result,
    value: longTextAsBytes(result.value),
  }));
  return encodeMessage({ ...message, results });
}

function longTextAsBytes(packed: Carried): Carried {
  return typeof packed === "string" && isLong(packed) ? parcelOf(packed) : packed;
}

/** Encodes one message; byte strings inside it travel as they are. */
export function encodeMessage(message: string | object): Uint8Array[] {
  if (typeof message === "string") {
    const payload = Buffer.byteLength(message);
    const frame = startFrame(textKind, payload, 0);
    frame.write(message, lengthBytes + 1, "utf8");
    return [frame];
  }
  const parts: Uint8Array[] = [];
  const header = Buffer.from(JSON.stringify(message, (_key, value: unknown) => {
    const part = isParcel(value) ? value.bytes : value;
    if (!(part instanceof Uint8Array)) return value;
    parts.push(part);
    return { [isParcel(value) && value.isText ? textKey : partKey]: part.byteLength };
  }));
  const partBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const frame = startFrame(objectKind, lengthBytes + header.byteLength, partBytes);
  frame.writeUInt32LE(header.byteLength, lengthBytes + 1);
  header.copy(frame, lengthBytes + 1 + lengthBytes);
  return [frame, ...parts];
}

/** A frame with room for `ownBytes` of payload, of which `laterBytes` more follow on their own. */
function startFrame(kind: number, ownBytes: number, laterBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(lengthBytes + 1 + ownBytes);
  frame.writeUInt32LE(1 + ownBytes + laterBytes, 0);
  frame[lengthBytes] = kind;
  return frame;
}

/** Puts messages together from the bytes of a stream, however they are cut. */
export class MessageReader {
  readonly #onMessage: (message: unknown) => void;
  readonly #isKept: boolean;
  readonly #length = Buffer.alloc(lengthBytes);
  #lengthBytes = 0;
  /** The message in the making. */
  #frame: ByteCollector | undefined;

  /** @param isKept Whether byte strings of a message are used after `onMessage` returns. */
  constructor(onMessage: (message: unknown) => void, { isKept = true } = {}) {
    this.#onMessage = onMessage;
    this.#isKept = isKept;
  }

  /**
   * Takes bytes in; calls back for each message they complete.
   *
   * @throws {RangeError} When a length is over the limit: the stream is not ours.
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.byteLength) {
      at = this.#frame === undefined ? this.#begin(chunk, at) : this.#goOn(this.#frame, chunk, at);
    }
  }

  /** Reads a length, and the message behind it if it is whole. */
  #begin(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.byteLength, start + lengthBytes - this.#lengthBytes);
    this.#lengthBytes += chunk.copy(this.#length, this.#lengthBytes, start, end);
    if (this.#lengthBytes < lengthBytes) return end;
    this.#lengthBytes = 0;
    const length = this.#length.readUInt32LE(0);
    if (length === 0 || length > limits.maxExecutorFrameBytes) {
      throw new RangeError(`Cannot read a message of ${length} bytes from an executor`);
    }
    if (chunk.byteLength - end < length) {
      this.#frame = new ByteCollector(length);
      return end;
    }
    this.#onMessage(decodeFrame(chunk.subarray(end, end + length)));
    return end + length;
  }

  #goOn(frame: ByteCollector, chunk: Buffer, start: number): number {
    const end = Math.min(chunk.byteLength, start + frame.leftBytes);
    frame.add(chunk.subarray(start, end));
    if (start === 0 && end === chunk.byteLength) freeBytes(chunk);
    if (frame.leftBytes > 0) return end;
    this.#frame = undefined;
    const { buffer, byteOffset, byteLength } = frame.bytes;
    this.#onMessage(decodeFrame(Buffer.from(buffer, byteOffset, byteLength)));
    if (!this.#isKept) freeBytes(frame.bytes);
    return end;
  }
}

function decodeFrame(frame: Buffer): unknown {
  if (frame[0] === textKind) return frame.toString("utf8", 1);
  const headerEnd = 1 + lengthBytes + frame.readUInt32LE(1);
  const header = frame.toString("utf8", 1 + lengthBytes, headerEnd);
  let at = headerEnd;
  if (at === frame.byteLength) return JSON.parse(header);
  const take = (count: unknown): Uint8Array => {
    const bytes = Number(count);
    const part = new Uint8Array(frame.buffer, frame.byteOffset + at, bytes);
    at += bytes;
    // A short one must not keep the whole frame in memory.
    return bytes < minParcelLength ? part.slice() : part;
  };
  return JSON.parse(header, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    if (textKey in value) return { isText: true, bytes: take(value[textKey]) };
    return partKey in value ? take(value[partKey]) : value;
  });
}
