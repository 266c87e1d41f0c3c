import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { UsageError } from "../../proto/errors.ts";

/** Larger reads gain nothing measurable; smaller ones cost an event-loop turn each. */
const fileChunkBytes = 256 * 1024;

/**
 * The bytes of an input, chunk by chunk. Unlike a plain stream iterator it can be stopped while a read is pending:
 * standard input may stay silent for ever, and a run that has failed must not wait for its next line.
 */
export class ChunkSource {
  readonly name: string;
  readonly #open: () => AsyncIterable<Uint8Array>;
  #stream: AsyncIterable<Uint8Array> | undefined;
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #stopped = false;
  #wake: (() => void) | undefined;

  /** @param name What messages call the input. */
  constructor(name: string, open: () => AsyncIterable<Uint8Array>) {
    this.name = name;
    this.#open = open;
  }

  /** The bytes of the file at `path`, which is opened at the first read. */
  static file(path: string): ChunkSource {
    return new ChunkSource(path, () => createReadStream(path, { highWaterMark: fileChunkBytes }));
  }

  /** Whether {@link stop} was called: the input may go on after what was read. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Yields what is read; ends early, without an error, after {@link stop}. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const result = await this.#next();
        if (result.done) return;
        if (result.value.length > 0) yield result.value;
      }
    } finally {
      this.#close();
    }
  }

  /** Ends {@link chunks} at once, a pending read included, and lets go of the file or stream. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake?.();
    this.#close();
  }

  #close(): void {
    // The iterator of a stream queues its `return` behind a pending read, which destroying does not wait for.
    if (this.#stream instanceof Readable) this.#stream.destroy();
    else this.#iterator?.return?.().catch(() => {});
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#stopped) return Promise.resolve({ done: true, value: undefined });
    this.#stream ??= this.#open();
    const iterator = this.#iterator ??= this.#stream[Symbol.asyncIterator]();
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve({ done: true, value: undefined });
      iterator.next().then(
        (result) => resolve(result.done ? { done: true, value: undefined } : result),
        (cause) => {
          const detail = cause instanceof Error ? cause.message : String(cause);
          reject(new UsageError(`Cannot read inputs from ${this.name}: ${detail}`, { cause }));
        },
      );
    });
  }
}
