import { Buffer } from "node:buffer";
import { limits } from "../proto/limits.ts";

/**
 * Messages between a host and its executor process, as bytes: `u32 length | u8 kind | payload`, little-endian. A text
 * is its UTF-8 bytes. An object is `u32 header length | header | parts`: the header is JSON, and where it says
 * `{"$part": n}` the value is the next n bytes of the parts.
 */
const lengthBytes = 4;
const textKind = 0;
const objectKind = 1;
const partKey = "$part";

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
    if (!(value instanceof Uint8Array)) return value;
    parts.push(value);
    return { [partKey]: value.byteLength };
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
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(onMessage: (message: unknown) => void) {
    this.#onMessage = onMessage;
  }

  /**
   * Takes bytes in; calls back for each message they complete.
   *
   * @throws {RangeError} When a length is over the limit: the stream is not ours.
   */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
    while (this.#size >= lengthBytes) {
      const frameBytes = lengthBytes + this.#peekLength();
      if (this.#size < frameBytes) return;
      const bytes = this.#joined();
      this.#chunks = [bytes.subarray(frameBytes)];
      this.#size -= frameBytes;
      this.#onMessage(decodeFrame(bytes.subarray(lengthBytes, frameBytes)));
    }
  }

  #peekLength(): number {
    const first = this.#chunks[0];
    const head = first !== undefined && first.byteLength >= lengthBytes ? first : this.#joined();
    const length = head.readUInt32LE(0);
    if (length === 0 || length > limits.maxExecutorFrameBytes) {
      throw new RangeError(`Cannot read a message of ${length} bytes from an executor`);
    }
    return length;
  }

  #joined(): Buffer {
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only !== undefined
      ? only
      : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }
}

function decodeFrame(frame: Buffer): unknown {
  if (frame[0] === textKind) return frame.toString("utf8", 1);
  const headerEnd = 1 + lengthBytes + frame.readUInt32LE(1);
  const header = frame.toString("utf8", 1 + lengthBytes, headerEnd);
  let at = headerEnd;
  if (at === frame.byteLength) return JSON.parse(header);
  return JSON.parse(header, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || !(partKey in value)) return value;
    at += Number(value[partKey]);
    return new Uint8Array(frame.subarray(at - Number(value[partKey]), at));
  });
}
