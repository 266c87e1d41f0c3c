import process from "node:process";
import { z } from "zod";
import type { AttachedJob } from "../../client/shared/attached_results.ts";
import { SharedJobCluster } from "../../client/shared/shared_job_cluster.ts";
import { exitCodes } from "../exit_codes.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { ResultSink } from "../map/result_sink.ts";
import { paintFor } from "../output/color.ts";
import { type ResultTarget, standardOutput } from "../output/result_target.ts";
import { ResultWriter } from "../output/result_writer.ts";
import { createProgress, type Progress } from "../progress.ts";
import { JobCounts } from "../run/job_counts.ts";
import { checkFlags, fileFlag } from "../run/run_flags.ts";
import { renderFailures, renderSummary } from "../summary.ts";
import { schedulerFlags, schedulerOptions } from "./scheduler_flags.ts";

const flagSchema = z.strictObject({
  ...schedulerFlags,
  unordered: z.boolean().optional(),
  raw: z.boolean().optional(),
  output: fileFlag,
  json: z.boolean().optional(),
});

/** What `muster results` was asked for, checked. */
export type ResultsRequest = z.infer<typeof flagSchema> & { readonly name: string };

/**
 * Checks the words and flags of `muster results`.
 *
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function parseResultsRequest(
  name: string,
  rawFlags: Readonly<Record<string, unknown>>,
): ResultsRequest {
  return { ...checkFlags(flagSchema, rawFlags), name };
}

/**
 * `muster results`: prints what jobs gave that were left at a shared scheduler.
 *
 * @returns The exit code.
 * @throws {UsageError} When there is no such cluster.
 * @throws {ConnectError} When the scheduler cannot be reached.
 */
export async function runResultsCommand(request: ResultsRequest): Promise<number> {
  const stopped = Promise.withResolvers<void>();
  using interrupt = onInterrupt(() => stopped.resolve());
  const progress = await createProgress({ stream: process.stderr });
  try {
    const warn = (line: string): void => progress.log(`muster: ${line}`);
    await using cluster = await SharedJobCluster.attach(
      request.name,
      schedulerOptions(request, warn),
    );
    progress.total(cluster.remaining);
    const raw = request.raw ?? false;
    await using writer = await ResultWriter.open(resultTarget(request, progress), { raw });
    writer.readerGone.addEventListener("abort", () => stopped.resolve(), { once: true });
    const printing = new Printing(writer, progress, request);
    const jobs = cluster.results({ ordered: request.unordered !== true });
    await printing.print(jobs, stopped.promise);
    await writer.close();
    progress.stop();
    if (writer.readerGone.aborted) return exitCodes.readerGone;
    printing.report();
    if (interrupt.signal !== undefined) return exitCodeOf(interrupt.signal);
    await cluster.close();
    return printing.failed > 0 ? exitCodes.failed : exitCodes.ok;
  } finally {
    progress.stop();
  }
}

class Printing {
  readonly #writer: ResultWriter;
  readonly #sink: ResultSink;
  readonly #request: ResultsRequest;
  readonly #counts: JobCounts;

  constructor(writer: ResultWriter, progress: Progress, request: ResultsRequest) {
    this.#writer = writer;
    this.#sink = new ResultSink(writer, progress, { raw: request.raw ?? false, live: false });
    this.#counts = new JobCounts(progress);
    this.#request = request;
  }

  get failed(): number {
    return this.#counts.tally.total;
  }

  /** Prints until all are printed, or it is to stop. A job is taken once it has left this process. */
  async print(jobs: AsyncIterator<AttachedJob, void>, stopped: Promise<void>): Promise<void> {
    for (;;) {
      const next = await Promise.race([jobs.next(), stopped]);
      if (next === undefined || next.done === true) return;
      await this.#take(next.value);
      await this.#writer.flush();
    }
  }

  report(): void {
    const { raw = false } = this.#request;
    const paint = paintFor(process.stderr);
    process.stderr.write(renderFailures(this.#counts.tally, { raw, paint }));
    process.stderr.write(`${renderSummary(this.#counts.summary())}\n`);
  }

  async #take({ job, number }: AttachedJob): Promise<void> {
    let refusal: Error | undefined;
    if (this.#request.json === true) await this.#writer.write(describe({ job, number }));
    else refusal = await this.#sink.take(job);
    this.#counts.add(job, { seq: number + 1, value: undefined }, job.error ?? refusal);
  }
}

/** A job as scripts read it; `number` counts from 0. */
function describe({ job, number }: AttachedJob): object {
  const { id, status, node, attempt, error } = job;
  const outcome = error === undefined
    ? { result: job.result }
    : { error: { reason: error.reason, message: error.message } };
  return { number, id, status, node, attempt, ...outcome };
}

function resultTarget({ output: path }: ResultsRequest, progress: Progress): ResultTarget {
  return path === undefined ? standardOutput(progress) : { kind: "file", path, mode: "append" };
}
