import type { SessionEnd } from "../../core/session/effects.ts";
import { NumberSet } from "../../core/shared/number_set.ts";
import type { JobId } from "../../proto/ids.ts";
import type { NumberRanges } from "../../proto/jobs.ts";
import type { JobResult } from "../../proto/scheduler_messages.ts";
import { Job, settleJob } from "../job.ts";
import { describeFailure } from "../job_failure.ts";
import { maxHeldResults } from "./held_acks.ts";
import type { SessionListener } from "./scheduler_session.ts";
import { sentenceOf } from "./session_sentences.ts";
import { endOf } from "./shared_ending.ts";

/** A job of an attached cluster that has ended. */
export type AttachedJob = {
  /** Its status is one of the final ones. What it was given is not known here: its `input` is empty. */
  readonly job: Job<unknown>;
  /** Its position among the jobs of its cluster, from 0, in the order in which they were submitted. */
  readonly number: number;
};

const owner = {
  cancel: () => {},
  describeFailure: (job: Job<unknown>, failure: Parameters<typeof describeFailure>[1]) =>
    describeFailure(job, failure, (stack) => stack),
};

/** Results of a cluster that was attached to, on their way to whoever takes them. */
export class AttachedResults implements SessionListener {
  readonly #acknowledge: (jobs: readonly JobId[]) => void;
  /** All numbers there were results to come of, ascending; and from which on they were not taken in order. */
  readonly #numbers: number[] = [];
  #next = 0;
  /** Of these, the ones that have not come. */
  readonly #missing = new Set<number>();
  readonly #arrived = new Map<number, AttachedJob>();
  /** Jobs whose results are acknowledged when they are taken. */
  readonly #held = new Set<JobId>();
  #wasAttached = false;
  #isOrdered = false;
  #end: SessionEnd | undefined;
  #waiting: (() => void)[] = [];

  constructor(acknowledge: (jobs: readonly JobId[]) => void) {
    this.#acknowledge = acknowledge;
  }

  get remaining(): number {
    return this.#missing.size + this.#arrived.size;
  }

  /** Whether its result is acknowledged later. */
  holds(job: JobId): boolean {
    return this.#held.has(job);
  }

  async *take(isOrdered: boolean): AsyncGenerator<AttachedJob, void, undefined> {
    this.#isOrdered = isOrdered;
    if (isOrdered) this.#holdLess();
    while (this.remaining > 0) {
      const next = isOrdered ? this.#takeInOrder() : this.#takeAny();
      if (next !== undefined) {
        yield next;
        this.#arrived.delete(next.number);
        if (this.#held.delete(next.job.id)) this.#acknowledge([next.job.id]);
      } else if (this.#end !== undefined) {
        throw new Error(`Cannot wait for results: ${sentenceOf(this.#end)}`);
      } else {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    }
  }

  attached(
    { known, forgotten }: { readonly known: NumberRanges; readonly forgotten: NumberRanges },
  ): void {
    const gone = new NumberSet(forgotten);
    if (this.#wasAttached) {
      // It may have forgotten some that nobody fetched in time.
      for (const number of this.#missing) if (gone.has(number)) this.#missing.delete(number);
      return this.#wakeUp();
    }
    this.#wasAttached = true;
    for (let at = 0; at < known.length; at += 2) {
      const last = known[at + 1] ?? -1;
      for (let number = known[at] ?? 0; number <= last; number += 1) {
        if (gone.has(number)) continue;
        this.#numbers.push(number);
        this.#missing.add(number);
      }
    }
  }

  running(): void {}

  results(results: readonly JobResult[]): void {
    for (const result of results) {
      const job = new Job<unknown>(result.job, [], owner);
      settleJob(job, endOf(result));
      this.#missing.delete(result.number);
      this.#arrived.set(result.number, { job, number: result.number });
      if (!this.#isOrdered || this.#held.size < maxHeldResults) this.#held.add(job.id);
    }
    this.#wakeUp();
  }

  failed(): void {}

  ended(why: SessionEnd): void {
    this.#end = why;
    this.#wakeUp();
  }

  #takeAny(): AttachedJob | undefined {
    const [first] = this.#arrived.values();
    return first;
  }

  #takeInOrder(): AttachedJob | undefined {
    for (;;) {
      const number = this.#numbers[this.#next];
      if (number === undefined || this.#missing.has(number)) return undefined;
      const job = this.#arrived.get(number);
      if (job !== undefined) return job;
      this.#next += 1;
    }
  }

  #holdLess(): void {
    const surplus = [...this.#held].slice(maxHeldResults);
    for (const job of surplus) this.#held.delete(job);
    if (surplus.length > 0) this.#acknowledge(surplus);
  }

  #wakeUp(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
