import type { Job } from "../../client/job.ts";
import type { Progress } from "../progress.ts";
import { FailureTally, type Summary } from "../summary.ts";
import { failureOf } from "./job_failure.ts";
import type { NumberedInput } from "./numbered_inputs.ts";

/** How a job counts. */
export type JobCount = "done" | "failed" | "cancelled";

/** Counts jobs as they end, for the progress bar and for the summary. */
export class JobCounts {
  readonly tally = new FailureTally();
  readonly #progress: Progress;
  readonly #startedAtMs = performance.now();
  #done = 0;
  #cancelled = 0;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** How many have ended, in whatever way. */
  get ended(): number {
    return this.#done + this.tally.total + this.#cancelled;
  }

  /** Counts one. `error` is its own, or what went wrong with its result. */
  add(
    job: Pick<Job<unknown>, "node" | "attempt"> & { readonly status: string },
    input: NumberedInput,
    error: Error | undefined,
  ): JobCount {
    if (error === undefined) {
      this.#done += 1;
      this.#progress.done();
      return "done";
    }
    if (job.status === "cancelled") {
      this.#cancelled += 1;
      return "cancelled";
    }
    this.tally.add(failureOf(input, job, error));
    this.#progress.failed();
    return "failed";
  }

  /** All in numbers; `skipped` inputs were done by an earlier run. */
  summary(skipped = 0): Summary {
    return {
      done: this.#done,
      failed: this.tally.total,
      cancelled: this.#cancelled,
      skipped,
      elapsedMs: performance.now() - this.#startedAtMs,
    };
  }
}
