import type { JobId } from "../../proto/ids.ts";

/**
 * Results that wait at a program without being acknowledged, at most. The scheduler has no more than 4096 on their way
 * at once, among which the one that the others wait for must find room.
 */
export const maxHeldResults = 2048;

/** Jobs whose results a program acknowledges when it has put them away, and not when it gets them. */
export class HeldAcks {
  /** Jobs that were not acknowledged, with or without a result. */
  readonly #open = new Set<JobId>();
  /** Of these, the ones with a result. */
  readonly #arrived = new Set<JobId>();

  /** A job is submitted. */
  add(job: JobId): void {
    this.#open.add(job);
  }

  /** A result has come, for the first time or again: whether it is acknowledged later. */
  holds(job: JobId): boolean {
    if (!this.#open.has(job)) return false;
    if (this.#arrived.size < maxHeldResults) this.#arrived.add(job);
    return this.#arrived.has(job);
  }

  /** The program has put the result away: whether it is to be acknowledged now. */
  release(job: JobId): boolean {
    this.#open.delete(job);
    return this.#arrived.delete(job);
  }
}
