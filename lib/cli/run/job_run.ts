import type { BaseCluster } from "../../client/base_cluster.ts";
import type { Job } from "../../client/job.ts";
import { JobStream } from "../../client/map_jobs.ts";
import type { Joblog } from "../joblog.ts";
import type { Progress } from "../progress.ts";
import type { FailureTally, Summary } from "../summary.ts";
import { JobCounts } from "./job_counts.ts";
import type { NumberedInput, NumberedInputs } from "./numbered_inputs.ts";
import type { Halt } from "./run_flags.ts";

/** Where what comes of jobs goes. */
export type JobSink = {
  /**
   * Writes what an ended job gave and printed.
   *
   * @returns Why the job counts as failed although it has a result.
   */
  take(job: Job<unknown>, input: NumberedInput): Promise<Error | undefined>;
  /** Names of columns that it adds to the job log. */
  readonly logColumns?: readonly string[];
  /** What a job has in them. */
  logValues?(job: Job<unknown>, input: NumberedInput): readonly string[];
  /** Resolves when all of it has left the process. */
  flush(): Promise<void>;
  /** Aborted when nobody reads any more. */
  readonly readerGone: AbortSignal;
};

/** What a run works with. */
export type JobRunParts = {
  readonly cluster: BaseCluster<readonly [unknown], unknown>;
  readonly inputs: NumberedInputs;
  /** What a job is given for an input. */
  readonly argumentOf: (input: NumberedInput) => unknown;
  readonly sink: JobSink;
  readonly joblog: Joblog | undefined;
  readonly progress: Progress;
  readonly ordered: boolean;
  /** How many jobs are under way at the most; it may grow. */
  readonly window: () => number;
  readonly halt: Halt;
  /** Told of jobs whose results were handed to the sink. */
  readonly onWritten?: ((job: Job<unknown>) => void) | undefined;
};

/** One run of a command, from the first input to the last result. */
export class JobRun {
  readonly #parts: JobRunParts;
  readonly #inputs = new Map<string, NumberedInput>();
  readonly #counts: JobCounts;
  #stopped = false;

  constructor(parts: JobRunParts) {
    this.#parts = parts;
    this.#counts = new JobCounts(parts.progress);
    // Nobody reads any more: there is nothing to compute for.
    parts.sink.readerGone.addEventListener("abort", () => this.stop("now"), { once: true });
  }

  /**
   * Runs a job for each input and hands on what comes of it.
   *
   * @throws {UsageError} When the inputs turn out to be unreadable; what was under way is finished and written first.
   */
  async run(): Promise<void> {
    const { inputs, ordered, window } = this.#parts;
    const jobs = new JobStream(inputs, (input: NumberedInput) => this.#submit(input), {
      ordered,
      window,
      signal: undefined,
    });
    for await (const { job } of jobs) await this.#take(job);
    await this.#parts.sink.flush();
  }

  /** Begins no more jobs; `now` also stops those that run. */
  stop(how: "now" | "soon"): void {
    const { cluster, inputs } = this.#parts;
    if (!this.#stopped) void inputs.stop();
    this.#stopped = true;
    if (how === "now") cluster.cancelAll();
    else cluster.cancelWaiting();
  }

  /** Whether it was told to stop before all inputs were run. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** How many jobs have ended, in whatever way. */
  get ended(): number {
    return this.#counts.ended;
  }

  /** The run in numbers. */
  get summary(): Summary {
    return this.#counts.summary(this.#parts.inputs.skipped);
  }

  /** The jobs that failed. */
  get tally(): FailureTally {
    return this.#counts.tally;
  }

  #submit(input: NumberedInput): Job<unknown> {
    const job = this.#parts.cluster.submit(this.#parts.argumentOf(input));
    this.#inputs.set(job.id, input);
    return job;
  }

  async #take(job: Job<unknown>): Promise<void> {
    const input = this.#inputs.get(job.id);
    if (input === undefined) return;
    this.#inputs.delete(job.id);
    const refusal = await this.#parts.sink.take(job, input);
    const error = job.error ?? refusal;
    const { halt } = this.#parts;
    const count = this.#counts.add(job, input, error);
    if (count === "failed" && halt !== "never" && !this.#stopped) this.stop(halt);
    await this.#log(input, job, error);
    if (error === undefined) this.#parts.onWritten?.(job);
  }

  async #log(input: NumberedInput, job: Job<unknown>, error: Error | undefined): Promise<void> {
    const { joblog, sink } = this.#parts;
    const { status } = job;
    if (joblog === undefined || status === "created" || status === "running") return;
    // A cancelled job did not have its turn: a resumed run gives it one.
    if (status === "cancelled") return;
    const began = job.startedAt !== undefined && job.endedAt !== undefined;
    const full = joblog.add({
      seq: input.seq,
      node: job.node,
      startedAtMs: job.startedAt,
      runtimeMs: began ? job.endedAt - job.startedAt : undefined,
      status: error === undefined || job.error !== undefined ? status : "terminated",
      attempt: job.attempt,
      input: input.value,
      error: error?.message,
      more: sink.logValues?.(job, input) ?? [],
    });
    if (full !== undefined) await full;
  }
}
