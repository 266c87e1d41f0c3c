/** One input and its number, from 1. */
export type NumberedInput = { readonly seq: number; readonly value: unknown };

/** What is done with the inputs on their way to the jobs. */
export type NumberedInputsOptions = {
  /** Whether an input is to be run; one that an earlier run had done is not. */
  readonly shouldRun: (seq: number, value: unknown) => boolean;
  /** Told the number of inputs to be run, once the last has been read. */
  readonly onTotal: (total: number) => void;
};

/** Numbers the inputs, leaves out those already done, and can be stopped while a read is pending. */
export class NumberedInputs implements AsyncIterableIterator<NumberedInput, void, undefined> {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #options: NumberedInputsOptions;
  #seq = 0;
  #skipped = 0;
  #stopped = false;

  constructor(inputs: AsyncIterable<unknown>, options: NumberedInputsOptions) {
    this.#iterator = inputs[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** Inputs that were left out. */
  get skipped(): number {
    return this.#skipped;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<NumberedInput, void>> {
    while (!this.#stopped) {
      const { done, value } = await this.#iterator.next();
      if (done === true || this.#stopped) break;
      this.#seq += 1;
      if (this.#options.shouldRun(this.#seq, value)) {
        return { done: false, value: { seq: this.#seq, value } };
      }
      this.#skipped += 1;
    }
    this.#options.onTotal(this.#seq - this.#skipped);
    return { done: true, value: undefined };
  }

  /** Ends the inputs here: a pending read ends as well. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#iterator.return?.();
  }

  async return(): Promise<IteratorResult<NumberedInput, void>> {
    await this.stop();
    return { done: true, value: undefined };
  }
}
