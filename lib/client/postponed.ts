type Closable = { close(): Promise<void> };

/** Something that begins a little after something else, and may be closed before it does. */
export class Postponed implements Closable {
  readonly #closed = Promise.withResolvers<void>();
  readonly #begun: Promise<Closable | undefined>;

  /**
   * @param after What it waits for; when that fails it never begins.
   * @param delayMs What it waits beyond that.
   * @param begin Must not throw.
   */
  constructor(after: Promise<void>, delayMs: number, begin: () => Promise<Closable | undefined>) {
    this.#begun = this.#begin(after, delayMs, begin);
  }

  async close(): Promise<void> {
    this.#closed.resolve();
    await (await this.#begun)?.close();
  }

  async #begin(
    after: Promise<void>,
    delayMs: number,
    begin: () => Promise<Closable | undefined>,
  ): Promise<Closable | undefined> {
    let isClosed = false;
    const closed = this.#closed.promise.then(() => {
      isClosed = true;
    });
    const { promise: passed, resolve } = Promise.withResolvers<void>();
    const started = after.then(() => true, () => false);
    if (!await Promise.race([started, closed.then(() => false)])) return undefined;
    const timer = setTimeout(resolve, delayMs);
    await Promise.race([passed, closed]);
    clearTimeout(timer);
    return isClosed ? undefined : await begin();
  }
}
