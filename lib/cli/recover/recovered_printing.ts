import process from "node:process";
import type { RecoveredJob } from "../../client/recover/recovered_job.ts";
import { ResultSink } from "../map/result_sink.ts";
import { paintFor } from "../output/color.ts";
import { groupDigits } from "../output/plain_text.ts";
import type { ResultWriter } from "../output/result_writer.ts";
import type { Progress } from "../progress.ts";
import { failureOf } from "../run/job_failure.ts";
import { FailureTally, renderFailures, renderSummary } from "../summary.ts";

/** How jobs are printed. */
export type PrintingOptions = { readonly raw: boolean; readonly json: boolean };

/** Prints recovered jobs, and tells at the end how many there were. */
export class RecoveredPrinting {
  readonly #writer: ResultWriter;
  readonly #sink: ResultSink;
  readonly #progress: Progress;
  readonly #options: PrintingOptions;
  readonly #tally = new FailureTally();
  readonly #startedAtMs = performance.now();
  #done = 0;
  #cancelled = 0;
  #queued = 0;
  #running = 0;

  constructor(writer: ResultWriter, progress: Progress, options: PrintingOptions) {
    this.#writer = writer;
    this.#sink = new ResultSink(writer, progress, { raw: options.raw, live: false });
    this.#progress = progress;
    this.#options = options;
  }

  /** Whether every job has a result. */
  get isWhole(): boolean {
    return this.#tally.total + this.#cancelled + this.#queued + this.#running === 0;
  }

  /** Resolves when it has left this process. */
  async print(job: RecoveredJob): Promise<void> {
    if (this.#options.json) {
      await this.#writer.write(describe(job));
      this.#count(job, job.error);
    } else this.#count(job, job.error ?? await this.#sink.take(job));
    await this.#writer.flush();
  }

  report(): void {
    const { raw, json } = this.#options;
    if (json) return;
    process.stderr.write(renderFailures(this.#tally, { raw, paint: paintFor(process.stderr) }));
    const summary = {
      done: this.#done,
      failed: this.#tally.total,
      cancelled: this.#cancelled,
      skipped: 0,
      elapsedMs: performance.now() - this.#startedAtMs,
    };
    const open = [
      ...(this.#queued > 0 ? [`, ${groupDigits(this.#queued)} never begun`] : []),
      ...(this.#running > 0 ? [`, ${groupDigits(this.#running)} still with their nodes`] : []),
    ];
    process.stderr.write(`${renderSummary(summary)}${open.join("")}\n`);
  }

  #count(job: RecoveredJob, error: Error | undefined): void {
    const { status } = job;
    if (status === "queued") this.#queued += 1;
    else if (status === "running") this.#running += 1;
    else if (status === "cancelled") this.#cancelled += 1;
    else if (error === undefined) {
      this.#done += 1;
      this.#progress.done();
    } else {
      this.#tally.add(failureOf({ seq: job.number + 1, value: inputOf(job) }, job, error));
      this.#progress.failed();
    }
  }
}

/** What a function of one parameter was given is shown as that. */
function inputOf({ input }: RecoveredJob): unknown {
  return input.length === 1 ? input[0] : input;
}

/** A job as scripts read it; `number` counts from 0. */
function describe(job: RecoveredJob): object {
  const { number, id, status, node, attempt, delivered, error } = job;
  const known = { number, id, status, input: inputOf(job), node, attempt, delivered };
  if (error !== undefined) {
    return { ...known, error: { reason: error.reason, message: error.message } };
  }
  return status === "finished" ? { ...known, result: job.result } : known;
}
