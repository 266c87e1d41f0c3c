import type { Journal } from "../journal/types.ts";
import { limits } from "../proto/limits.ts";

/** Has records written, and what waits for them done once they are durable, all in order. */
export class Commits {
  readonly #journal: Journal | undefined;
  /** Appends that are not durable yet. */
  #underWay = 0;
  /** What waits for the last of them. */
  #tasks: (() => void)[] = [];

  /** @param journal Undefined keeps nothing: all is as durable as it gets at once. */
  constructor(journal: Journal | undefined) {
    this.#journal = journal;
  }

  /** Appends blocks of records. */
  write(blocks: Iterable<Uint8Array>): void {
    let part: Uint8Array[] = [];
    let bytes = 0;
    for (const block of blocks) {
      if (bytes + block.length > limits.maxJournalAppendBytes && part.length > 0) {
        this.#append(part);
        part = [];
        bytes = 0;
      }
      part.push(block);
      bytes += block.length;
    }
    if (part.length > 0) this.#append(part);
  }

  /** Does something once all that was written so far is durable; at once if it is. */
  afterCommit(task: () => void): void {
    if (this.#underWay === 0) task();
    else this.#tasks.push(task);
  }

  #append(part: readonly Uint8Array[]): void {
    if (this.#journal === undefined) return;
    const tasks: (() => void)[] = [];
    this.#tasks = tasks;
    this.#underWay += 1;
    this.#journal.append(part, () => {
      this.#underWay -= 1;
      for (const task of tasks) task();
    });
  }
}
