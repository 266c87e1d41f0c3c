/** How many bytes may still be sent before the other side has written some of those under way. */
export class Credit {
  #bytes: number;
  #waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  #ended = false;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Whether nothing is to be sent any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when so many bytes may be sent, in the order of asking, or when it has ended. */
  take(bytes: number): Promise<void> {
    if (this.#ended) return Promise.resolve();
    if (this.#waiting.length === 0 && bytes <= this.#bytes) {
      this.#bytes -= bytes;
      return Promise.resolve();
    }
    return new Promise((go) => this.#waiting.push({ bytes, go }));
  }

  /** So many bytes were written. */
  give(bytes: number): void {
    this.#bytes += bytes;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (first.bytes > this.#bytes) return;
      this.#bytes -= first.bytes;
      this.#waiting.shift();
      first.go();
    }
  }

  /** Lets go whoever waits: nothing is to be sent any more. */
  end(): void {
    this.#ended = true;
    for (const { go } of this.#waiting.splice(0)) go();
  }
}
