import type { Inputs } from "../input/open_inputs.ts";
import { textOf } from "./input_record.ts";

/** Inputs as lines of text, gathered to blocks: each is as many whole lines as reach a size. */
export class BlockInputs implements AsyncIterableIterator<string, void, undefined> {
  readonly total = undefined;
  readonly #batches: AsyncIterator<readonly unknown[]>;
  readonly #blockBytes: number;
  #batch: readonly unknown[] = [];
  #at = 0;

  constructor(inputs: Inputs, blockBytes: number) {
    this.#batches = inputs.batches[Symbol.asyncIterator]();
    this.#blockBytes = blockBytes;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<string, void>> {
    const lines: string[] = [];
    let bytes = 0;
    while (bytes < this.#blockBytes) {
      if (this.#at === this.#batch.length && !await this.#refill()) break;
      const line = `${textOf(this.#batch[this.#at])}\n`;
      this.#at += 1;
      bytes += Buffer.byteLength(line);
      lines.push(line);
    }
    if (lines.length === 0) return { done: true, value: undefined };
    return { done: false, value: lines.join("") };
  }

  async return(): Promise<IteratorResult<string, void>> {
    this.#batch = [];
    this.#at = 0;
    await this.#batches.return?.();
    return { done: true, value: undefined };
  }

  async #refill(): Promise<boolean> {
    const { done, value } = await this.#batches.next();
    this.#batch = done === true ? [] : value;
    this.#at = 0;
    return this.#batch.length > 0;
  }
}
