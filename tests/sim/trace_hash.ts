/** A fingerprint of a run: numbers go in, in order; equal runs have equal fingerprints. It is FNV-1a over 32-bit words. */
export class TraceHash {
  #low = 0x811c9dc5;
  #high = 0x01000193;
  readonly #time = new Float64Array(1);
  readonly #words = new Uint32Array(this.#time.buffer);

  /** Adds an integer. */
  word(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193);
    // A second lane, mixed in another way, makes 64 bits of two times 32.
    this.#high = Math.imul((this.#high << 13) ^ (this.#high >>> 19) ^ value, 0x5bd1e995);
  }

  /** Adds any number, to its last bit. */
  double(value: number): void {
    this.#time[0] = value;
    this.word(this.#words[0] ?? 0);
    this.word(this.#words[1] ?? 0);
  }

  /** Adds text. */
  text(value: string): void {
    for (let index = 0; index < value.length; index += 1) this.word(value.charCodeAt(index));
  }

  /** The fingerprint so far, as 16 hex digits. */
  get hex(): string {
    return [this.#high, this.#low].map((lane) => (lane >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }
}
