import type { JobPolicy } from "../../proto/jobs.ts";
import { Deque } from "../shared/deque.ts";

/** What a queue looks at. */
type Queued = { readonly policy: Pick<JobPolicy, "priority"> };

/** Jobs of one priority other than 0. */
type Line<Job> = { readonly priority: number; readonly jobs: Deque<Job> };

/** The jobs of a cluster that are to be placed: those of a higher priority first, among equals as in a {@link Deque}. */
export class JobQueue<Job extends Queued> {
  /** Those of priority 0, which most clusters have alone. */
  readonly #plain = new Deque<Job>();
  /** The highest priority first. */
  readonly #lines: Line<Job>[] = [];

  /** How many jobs are in it. */
  get size(): number {
    return this.#lines.reduce((size, { jobs }) => size + jobs.size, this.#plain.size);
  }

  /** The job that is the next to be taken; undefined when empty. */
  get first(): Job | undefined {
    return this.#lines.length === 0 ? this.#plain.first : this.#next()?.first;
  }

  /** Puts a job behind all others of its priority. */
  pushBack(job: Job): void {
    this.#jobsLike(job).pushBack(job);
  }

  /** Puts a job before all others of its priority. */
  pushFront(job: Job): void {
    this.#jobsLike(job).pushFront(job);
  }

  /** Takes the first job; undefined when empty. */
  shift(): Job | undefined {
    return this.#lines.length === 0 ? this.#plain.shift() : this.#next()?.shift();
  }

  /** How many jobs fulfil a condition. */
  count(holds: (job: Job) => boolean): number {
    return this.#lines.reduce(
      (count, { jobs }) => count + jobs.count(holds),
      this.#plain.count(holds),
    );
  }

  /** All jobs, first to last. */
  *[Symbol.iterator](): IterableIterator<Job> {
    for (const jobs of this.#inOrder()) yield* jobs;
  }

  #next(): Deque<Job> | undefined {
    for (const jobs of this.#inOrder()) if (jobs.size > 0) return jobs;
    return undefined;
  }

  *#inOrder(): Generator<Deque<Job>> {
    for (const { priority, jobs } of this.#lines) if (priority > 0) yield jobs;
    yield this.#plain;
    for (const { priority, jobs } of this.#lines) if (priority < 0) yield jobs;
  }

  #jobsLike({ policy: { priority = 0 } }: Job): Deque<Job> {
    if (priority === 0) return this.#plain;
    const known = this.#lines.find((line) => line.priority === priority);
    if (known !== undefined) return known.jobs;
    const line: Line<Job> = { priority, jobs: new Deque() };
    const at = this.#lines.findIndex((other) => other.priority < priority);
    this.#lines.splice(at < 0 ? this.#lines.length : at, 0, line);
    return line.jobs;
  }
}
