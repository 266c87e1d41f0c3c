/** A reader that is slower than the jobs makes them wait, rather than fill the memory. */
const maxBufferedChars = 256 * 1024;

/**
 * Gathers lines and hands them on in batches: at once when idle, and while a write is under way all that is added
 * meanwhile becomes the next one. So a slow trickle appears without delay, and a flood costs one write a batch.
 */
export class LineSink {
  readonly #write: (text: string) => Promise<void>;
  #buffer = "";
  #flushing: Promise<void> | undefined;
  #scheduled = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param write Called with whole lines, never again before its promise has settled, nor after it rejected. */
  constructor(write: (text: string) => Promise<void>) {
    this.#write = write;
  }

  /**
   * Takes a line, which ends in `\n`.
   *
   * @returns Nothing when more may come at once; else a promise to await first. It rejects when writing failed.
   */
  add(line: string): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    this.#buffer += line;
    if (this.#buffer.length >= maxBufferedChars) return this.flush();
    if (!this.#scheduled && this.#flushing === undefined) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        // Whoever adds, flushes or closes next learns of a failure.
        this.flush().catch(() => {});
      });
    }
    return undefined;
  }

  /** Resolves when everything added so far is written; rejects when writing failed, now or earlier. */
  flush(): Promise<void> {
    if (this.#flushing !== undefined) return this.#flushing;
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#buffer === "") return Promise.resolve();
    this.#flushing = this.#drain();
    return this.#flushing;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#buffer !== "") {
        const text = this.#buffer;
        this.#buffer = "";
        await this.#write(text);
      }
    } catch (error) {
      this.#failure = { error };
      throw error;
    } finally {
      // Not in a later microtask: what is added from here on has to find out that nobody is writing.
      this.#flushing = undefined;
    }
  }
}
