const newline = 0x0a;

/** Puts a tag and a tab before each line of output that comes in pieces. */
export class LineTagger {
  readonly #prefix: Uint8Array;
  #isInLine = false;

  constructor(tag: string) {
    this.#prefix = Buffer.from(`${tag}\t`);
  }

  /** The next piece with its tags. */
  tag(bytes: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(newline, start) + 1 || bytes.length;
      if (!this.#isInLine) parts.push(this.#prefix);
      parts.push(bytes.subarray(start, end));
      this.#isInLine = bytes[end - 1] !== newline;
      start = end;
    }
    return Buffer.concat(parts);
  }
}
