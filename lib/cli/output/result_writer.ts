import { LineSink } from "./line_sink.ts";
import { type RenderOptions, renderResult } from "./render_result.ts";
import { type OpenTarget, openTarget, type ResultTarget } from "./result_target.ts";

/**
 * Writes results, one a line, in the order given. What is written while the reader is busy goes out as one batch; a
 * reader that is slow makes {@link write} ask to be awaited, so memory stays bounded.
 */
export class ResultWriter implements AsyncDisposable {
  /** Aborted when the reader has gone (`| head -1`): nothing more need be computed. Writing on does no harm. */
  readonly readerGone: AbortSignal;
  readonly #target: OpenTarget;
  readonly #sink: LineSink;
  readonly #options: RenderOptions;
  #over = false;

  constructor(target: OpenTarget, readerGone: AbortSignal, options: RenderOptions) {
    this.#target = target;
    this.#sink = new LineSink((text) => target.write(text));
    this.readerGone = readerGone;
    this.#options = options;
  }

  /**
   * Opens the target.
   *
   * @throws {UsageError} When a file cannot be written.
   */
  static async open(target: ResultTarget, options: RenderOptions = {}): Promise<ResultWriter> {
    const gone = new AbortController();
    return new ResultWriter(await openTarget(target, () => gone.abort()), gone.signal, options);
  }

  /**
   * Writes one result as {@link renderResult} has it.
   *
   * @returns Nothing when the next may follow at once; else a promise to await first, which rejects when results can
   * no longer be written.
   * @throws {RenderError} When the value has no text; then nothing is written, and others can be.
   */
  write(value: unknown): Promise<void> | undefined {
    if (this.readerGone.aborted) return undefined;
    return this.#sink.add(renderResult(value, this.#options) + "\n");
  }

  /** Resolves when all results so far have left the process. */
  flush(): Promise<void> {
    return this.#sink.flush();
  }

  /** Writes what is left; a file that was to be replaced is replaced now. If that fails the old file stays. */
  async close(): Promise<void> {
    if (this.#over) return;
    try {
      await this.#sink.flush();
    } catch (error) {
      await this.abandon();
      throw error;
    }
    this.#over = true;
    await this.#target.commit();
  }

  /** Ends without success: a file that was to be replaced stays as it was. Does nothing after {@link close}. */
  async abandon(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    // What is under way has to end before the file is closed; that it failed is known by now.
    await this.#sink.flush().catch(() => {});
    await this.#target.abandon();
  }

  /** As {@link abandon}, so that `await using` keeps the old file unless `close` was reached. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.abandon();
  }
}
