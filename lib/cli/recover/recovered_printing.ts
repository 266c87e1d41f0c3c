import process from "node:process";
import type { RecoveredJob } from "../../client/recover/recovered_job.ts";
import { ResultSink } from "../map/result_sink.ts";
import { paintFor } from "../output/color.ts";
import { groupDigits } from "../output/plain_text.ts";
import type { ResultWriter } from "../output/result_writer.ts";
import type { Progress } from "../progress.ts";
import { JobCounts } from "../run/job_counts.ts";
import { renderFailures, renderSummary } from "../summary.ts";

/** How jobs are printed. */
export type PrintingOptions = { readonly raw: boolean; readonly json: boolean };

/** Prints recovered jobs, and tells at the end how many there were. */
export class RecoveredPrinting {
  readonly #writer: ResultWriter;
  readonly #sink: ResultSink;
  readonly #options: PrintingOptions;
  readonly #counts: JobCounts;
  #queued = 0;
  #running = 0;

  constructor(writer: ResultWriter, progress: Progress, options: PrintingOptions) {
    this.#writer = writer;
    this.#sink = new ResultSink(writer, progress, { raw: options.raw, live: false });
    this.#options = options;
    this.#counts = new JobCounts(progress);
  }

  /** Whether every job has a result. */
  get isWhole(): boolean {
    const { failed, cancelled } = this.#counts.summary();
    return failed + cancelled + this.#queued + this.#running === 0;
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
    const { tally } = this.#counts;
    process.stderr.write(renderFailures(tally, { raw, paint: paintFor(process.stderr) }));
    const open = [
      ...(this.#queued > 0 ? [`, ${groupDigits(this.#queued)} never begun`] : []),
      ...(this.#running > 0 ? [`, ${groupDigits(this.#running)} still with their nodes`] : []),
    ];
    process.stderr.write(`${renderSummary(this.#counts.summary())}${open.join("")}\n`);
  }

  #count(job: RecoveredJob, error: Error | undefined): void {
    if (job.status === "queued") this.#queued += 1;
    else if (job.status === "running") this.#running += 1;
    else this.#counts.add(job, { seq: job.number + 1, value: inputOf(job) }, error);
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
