import { Deque } from "../shared/deque.ts";
import type { JobRecord } from "./records.ts";

/** Jobs of one priority other than 0. */
type Line = { readonly priority: number; readonly jobs: Deque<JobRecord> };

/** The jobs of a cluster that are to be placed: those of a higher priority first, among equals as in a {@link Deque}. */
export class JobQueue {
  /** Those of priority 0, which most clusters have alone. */
  readonly #plain = new Deque<JobRecord>();
  /** The highest priority first. */
  readonly #lines: Line[] = [];

  /** How many jobs are in it. */
  get size(): number {
    return this.#lines.reduce((size, { jobs }) => size + jobs.size, this.#plain.size);
  }

  /** The job that is the next to be taken; undefined when empty. */
  get first(): JobRecord | undefined {
    return this.#lines.length === 0 ? this.#plain.first : this.#next()?.first;
  }

  /** Puts a job behind all others of its priority. */
  pushBack(job: JobRecord): void {
    this.#jobsLike(job).pushBack(job);
  }

  /** Puts a job before all others of its priority. */
  pushFront(job: JobRecord): void {
    this.#jobsLike(job).pushFront(job);
  }

  /** Takes the first job; undefined when empty. */
  shift(): JobRecord | undefined {
    return this.#lines.length === 0 ? this.#plain.shift() : this.#next()?.shift();
  }

  /** How many jobs fulfil a condition. */
  count(holds: (job: JobRecord) => boolean): number {
    return this.#lines.reduce(
      (count, { jobs }) => count + jobs.count(holds),
      this.#plain.count(holds),
    );
  }

  /** All jobs, first to last. */
  *[Symbol.iterator](): IterableIterator<JobRecord> {
    for (const jobs of this.#inOrder()) yield* jobs;
  }

  #next(): Deque<JobRecord> | undefined {
    for (const jobs of this.#inOrder()) if (jobs.size > 0) return jobs;
    return undefined;
  }

  *#inOrder(): Generator<Deque<JobRecord>> {
    for (const { priority, jobs } of this.#lines) if (priority > 0) yield jobs;
    yield this.#plain;
    for (const { priority, jobs } of this.#lines) if (priority < 0) yield jobs;
  }

  #jobsLike({ policy: { priority = 0 } }: JobRecord): Deque<JobRecord> {
    if (priority === 0) return this.#plain;
    const known = this.#lines.find((line) => line.priority === priority);
    if (known !== undefined) return known.jobs;
    const line: Line = { priority, jobs: new Deque() };
    const at = this.#lines.findIndex((other) => other.priority < priority);
    this.#lines.splice(at < 0 ? this.#lines.length : at, 0, line);
    return line.jobs;
  }
}
