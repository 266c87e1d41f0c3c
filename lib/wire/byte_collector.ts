/** Memory is set aside in steps: the announced length may never come. */
const defaultFirstBytes = 256 * 1024 * 1024;

/** Puts bytes together that come in chunks, when it is known how many they are. */
export class ByteCollector {
  readonly #totalBytes: number;
  #room: Uint8Array<ArrayBuffer>;
  #filledBytes = 0;

  /** @param maxFirstBytes For how many memory is set aside at once. */
  constructor(totalBytes: number, maxFirstBytes = defaultFirstBytes) {
    this.#totalBytes = totalBytes;
    this.#room = new Uint8Array(Math.min(totalBytes, maxFirstBytes));
  }

  /** How many are missing. */
  get leftBytes(): number {
    return this.#totalBytes - this.#filledBytes;
  }

  /** Takes at most what is missing. */
  add(chunk: Uint8Array): void {
    const filledBytes = this.#filledBytes + chunk.length;
    if (filledBytes > this.#room.length) this.#grow(filledBytes);
    this.#room.set(chunk, this.#filledBytes);
    this.#filledBytes = filledBytes;
  }

  /** What is there, not copied. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#room.subarray(0, this.#filledBytes);
  }

  #grow(bytes: number): void {
    const room = new Uint8Array(Math.min(this.#totalBytes, Math.max(bytes, 2 * this.#room.length)));
    room.set(this.bytes);
    this.#room = room;
  }
}
