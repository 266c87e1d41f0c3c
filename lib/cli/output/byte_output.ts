import type { Writable } from "node:stream";
import { UsageError } from "../../proto/errors.ts";

/** One of the process's own streams, written to as bytes. */
export class ByteOutput {
  readonly #stream: Writable;
  readonly #beforeWrite: () => void;
  readonly #gone = new AbortController();
  #failure: Error | undefined;

  /** @param beforeWrite Called before each write: what shares the terminal gets out of the way. */
  constructor(stream: Writable, beforeWrite: () => void) {
    this.#stream = stream;
    this.#beforeWrite = beforeWrite;
    // A failed write is told to its callback too; nobody listening would end the process.
    stream.on("error", () => {});
  }

  /** Aborted when the reader has gone (`| head -1`). Writing on does no harm. */
  get readerGone(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * Writes bytes.
   *
   * @returns When the stream takes more.
   * @throws {UsageError} When it can no longer be written to.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0 || this.#gone.signal.aborted) return;
    this.#beforeWrite();
    // Awaited one by one, they would cost a turn of the event loop each.
    if (!this.#stream.write(bytes, this.#onWritten)) await this.flush();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when all of it has left the process. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write("", (error) => {
        this.#onWritten(error);
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      });
    });
  }

  readonly #onWritten = (error: Error | null | undefined): void => {
    if (error === null || error === undefined) return;
    if ("code" in error && error.code === "EPIPE") return this.#gone.abort();
    this.#failure ??= new UsageError(`Cannot write output: ${error.message}`, { cause: error });
  };
}
