import type { Writable } from "node:stream";
import { UsageError } from "../../proto/errors.ts";

/** One of the process's own streams, written to as bytes. */
export class ByteOutput {
  readonly #stream: Writable;
  readonly #beforeWrite: () => void;
  readonly #gone = new AbortController();
  /** Writes that have not left the process. */
  #pending = 0;
  #waiting: (() => void)[] = [];
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
    this.#pending += 1;
    // Awaited one by one, they would cost a turn of the event loop each.
    if (!this.#stream.write(bytes, this.#onWritten)) await this.flush();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Resolves when all of it has left the process.
   *
   * @throws {UsageError} When that cannot be.
   */
  async flush(): Promise<void> {
    // The callback of an empty write would not do: in Bun it does not wait for what was written before.
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#failure !== undefined) throw this.#failure;
  }

  readonly #onWritten = (error: Error | null | undefined): void => {
    this.#pending -= 1;
    if (error !== null && error !== undefined) this.#onFailure(error);
    if (this.#pending > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  };

  #onFailure(error: Error): void {
    if ("code" in error && error.code === "EPIPE") return this.#gone.abort();
    this.#failure ??= new UsageError(`Cannot write output: ${error.message}`, { cause: error });
  }
}
