import { JobCluster } from "../../client/cluster.ts";
import type { Job } from "../../client/job.ts";
import { JobStream } from "../../client/map_jobs.ts";
import type { Joblog } from "../joblog.ts";
import { RenderError } from "../output/render_result.ts";
import type { ResultWriter } from "../output/result_writer.ts";
import { stripControls } from "../output/plain_text.ts";
import type { Progress } from "../progress.ts";
import { FailureTally, type Summary } from "../summary.ts";
import { failureOf } from "./map_failure.ts";
import type { MapInputs, NumberedInput } from "./map_inputs.ts";
import type { MapRequest } from "./map_options.ts";

/** What a run works with. */
export type MapRunParts = {
  readonly request: MapRequest;
  readonly cluster: JobCluster<readonly [unknown], unknown>;
  readonly inputs: MapInputs;
  readonly writer: ResultWriter;
  readonly joblog: Joblog | undefined;
  readonly progress: Progress;
};

/** One run of `muster map`, from the first input to the last result. */
export class MapRun {
  readonly #parts: MapRunParts;
  readonly #seqs = new Map<string, number>();
  readonly #startedAtMs = performance.now();
  readonly tally = new FailureTally();
  #done = 0;
  #cancelled = 0;
  #stopped = false;

  constructor(parts: MapRunParts) {
    this.#parts = parts;
    // Nobody reads any more: there is nothing to compute for.
    parts.writer.readerGone.addEventListener("abort", () => this.stop("now"), { once: true });
  }

  /**
   * Runs a job for each input and writes what comes of it.
   *
   * @throws {UsageError} When the inputs turn out to be unreadable; what was under way is finished and written first.
   */
  async run(): Promise<void> {
    const { cluster, inputs, request } = this.#parts;
    const jobs = new JobStream(inputs, (input: NumberedInput) => this.#submit(input), {
      ordered: !request.unordered,
      window: cluster.window,
      signal: undefined,
    });
    for await (const { job } of jobs) await this.#take(job);
    await this.#parts.writer.flush();
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
    return this.#done + this.tally.total + this.#cancelled;
  }

  /** The run in numbers. */
  get summary(): Summary {
    return {
      done: this.#done,
      failed: this.tally.total,
      cancelled: this.#cancelled,
      skipped: this.#parts.inputs.skipped,
      elapsedMs: performance.now() - this.#startedAtMs,
    };
  }

  #submit({ seq, value }: NumberedInput): Job<unknown> {
    const job = this.#parts.cluster.submit(value);
    this.#seqs.set(job.id, seq);
    return job;
  }

  async #take(job: Job<unknown>): Promise<void> {
    const seq = this.#seqs.get(job.id) ?? 0;
    this.#seqs.delete(job.id);
    this.#showOutput(job);
    const error = job.error ?? await this.#write(job);
    if (error === undefined) {
      this.#done += 1;
      this.#parts.progress.done();
    } else if (job.status === "cancelled") this.#cancelled += 1;
    else this.#fail(seq, job, error);
    await this.#log(seq, job, error);
  }

  /** Writes a result; gives the error if it has no text. */
  async #write(job: Job<unknown>): Promise<Error | undefined> {
    try {
      const full = this.#parts.writer.write(job.result);
      if (full !== undefined) await full;
      return undefined;
    } catch (error) {
      if (error instanceof RenderError) return error;
      throw error;
    }
  }

  #fail(seq: number, job: Job<unknown>, error: Error): void {
    this.tally.add(failureOf(seq, job, error));
    this.#parts.progress.failed();
    const { halt } = this.#parts.request;
    if (halt !== "never" && !this.#stopped) this.stop(halt);
  }

  #showOutput(job: Job<unknown>): void {
    const text = job.stdout + job.stderr;
    if (text === "") return;
    const shown = this.#parts.request.raw ? text : stripControls(text);
    this.#parts.progress.log(shown.endsWith("\n") ? shown.slice(0, -1) : shown);
  }

  async #log(seq: number, job: Job<unknown>, error: Error | undefined): Promise<void> {
    const { joblog } = this.#parts;
    const { status } = job;
    if (joblog === undefined || status === "created" || status === "running") return;
    // A cancelled job did not have its turn: a resumed run gives it one.
    if (status === "cancelled") return;
    const began = job.startedAt !== undefined && job.endedAt !== undefined;
    const full = joblog.add({
      seq,
      node: job.node,
      startedAtMs: job.startedAt,
      runtimeMs: began ? job.endedAt - job.startedAt : undefined,
      status: error === undefined || job.error !== undefined ? status : "terminated",
      attempt: job.attempt,
      input: job.input[0],
      error: error?.message,
    });
    if (full !== undefined) await full;
  }
}
