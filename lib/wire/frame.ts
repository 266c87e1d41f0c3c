import { limits } from "../proto/limits.ts";

/** Bytes of the length that stands before each frame, big-endian. */
export const frameHeaderBytes = 4;

const minRecycledBytes = 16 * 1024;
const maxSpareBuffers = 4;

/** What {@link FrameDecoder.push} made of a chunk. */
export type FrameBatch = {
  /** Complete frames, without their lengths. They may be windows into the chunk: use them before it changes. */
  readonly frames: readonly Uint8Array[];
  /** Set once a length is out of bounds; the stream is unusable from there. */
  readonly failed: boolean;
};

/**
 * Cuts a byte stream into frames. A length is checked before anything is kept for it, and a frame that arrives in
 * one chunk is not copied.
 */
export class FrameDecoder {
  readonly #minBytes: number;
  readonly #maxBytes: number;
  #header = new Uint8Array(frameHeaderBytes);
  #headerBytes = 0;
  /** The frame in the making; undefined while the header is. */
  #frame: Uint8Array | undefined;
  #frameBytes = 0;
  #failed = false;
  /** Buffers for frames that come in several chunks, and those of them that are out. */
  readonly #spare: Uint8Array[] = [];
  readonly #lent = new Map<Uint8Array, Uint8Array>();

  /** Frames shorter than `minBytes` or longer than `maxBytes` fail the stream. */
  constructor(minBytes: number, maxBytes: number = limits.maxRecordBytes) {
    this.#minBytes = minBytes;
    this.#maxBytes = maxBytes;
  }

  /** Whether the stream ends between two frames. */
  get isBetweenFrames(): boolean {
    return this.#headerBytes === 0 && this.#frame === undefined && !this.#failed;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): FrameBatch {
    const frames: Uint8Array[] = [];
    let offset = 0;
    while (offset < chunk.length && !this.#failed) {
      offset = this.#frame === undefined
        ? this.#readHeader(chunk, offset, frames)
        : this.#readBody(this.#frame, chunk, offset, frames);
    }
    return { frames, failed: this.#failed };
  }

  /** Takes back a frame that nobody needs any more: memory that was used before is quicker than new one. */
  recycle(frame: Uint8Array): void {
    const buffer = this.#lent.get(frame);
    if (buffer === undefined) return;
    this.#lent.delete(frame);
    if (this.#spare.length < maxSpareBuffers) this.#spare.push(buffer);
  }

  #readHeader(chunk: Uint8Array, start: number, frames: Uint8Array[]): number {
    let offset = start;
    while (this.#headerBytes < frameHeaderBytes && offset < chunk.length) {
      this.#header[this.#headerBytes++] = chunk[offset++] ?? 0;
    }
    if (this.#headerBytes < frameHeaderBytes) return offset;
    this.#headerBytes = 0;
    const length = new DataView(this.#header.buffer).getUint32(0);
    // A connection at rest has no memory set aside.
    if (length < minRecycledBytes) this.#spare.length = 0;
    if (length < this.#minBytes || length > this.#maxBytes) {
      this.#failed = true;
    } else if (chunk.length - offset >= length) {
      frames.push(chunk.subarray(offset, offset + length));
      offset += length;
    } else {
      this.#frame = this.#lend(length);
      this.#frameBytes = 0;
    }
    return offset;
  }

  /** Short frames are not worth a buffer of full length. */
  #lend(length: number): Uint8Array {
    if (length < minRecycledBytes) return new Uint8Array(length);
    const buffer = this.#spare.pop() ?? new Uint8Array(this.#maxBytes);
    const frame = buffer.subarray(0, length);
    this.#lent.set(frame, buffer);
    return frame;
  }

  #readBody(frame: Uint8Array, chunk: Uint8Array, start: number, frames: Uint8Array[]): number {
    const end = Math.min(chunk.length, start + frame.length - this.#frameBytes);
    frame.set(chunk.subarray(start, end), this.#frameBytes);
    this.#frameBytes += end - start;
    if (this.#frameBytes === frame.length) {
      frames.push(frame);
      this.#frame = undefined;
    }
    return end;
  }
}
