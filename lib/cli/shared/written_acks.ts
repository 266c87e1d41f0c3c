import type { Job } from "../../client/job.ts";

/** What is needed of a cluster and of what results are written to. */
export type WrittenAcksParts = {
  readonly acknowledge: (job: Job<unknown>) => void;
  /** Resolves when all that was written so far has left the process. */
  readonly flush: () => Promise<void>;
};

/** Acknowledges jobs whose results were written, once these have left the process. */
export class WrittenAcks {
  readonly #parts: WrittenAcksParts;
  #written: Job<unknown>[] = [];
  #isFlushing = false;

  constructor(parts: WrittenAcksParts) {
    this.#parts = parts;
  }

  /** The result of a job was written. */
  add(job: Job<unknown>): void {
    this.#written.push(job);
    if (!this.#isFlushing) void this.#flush();
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    try {
      while (this.#written.length > 0) {
        const jobs = this.#written.splice(0);
        await this.#parts.flush();
        for (const job of jobs) this.#parts.acknowledge(job);
      }
    } catch {
      // Whoever writes hears of it: nothing more is acknowledged.
    }
    this.#isFlushing = false;
  }
}
