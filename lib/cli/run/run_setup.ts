import process from "node:process";
import type { ClusterOptions } from "../../client/options.ts";
import { UsageError } from "../../proto/errors.ts";
import { type InputOptions, type Inputs, openInputs } from "../input/open_inputs.ts";
import { Joblog } from "../joblog.ts";
import { paintFor } from "../output/color.ts";
import type { Progress } from "../progress.ts";
import { renderFailures, renderSummary, summaryJson } from "../summary.ts";
import type { JobRun, JobSink } from "./job_run.ts";
import { NumberedInputs } from "./numbered_inputs.ts";
import type { RunRequest } from "./run_flags.ts";

/**
 * Opens the inputs.
 *
 * @param command What the user called, for messages.
 * @throws {UsageError} When there are none, or they cannot be read.
 */
export function openSource(
  request: Pick<RunRequest, "source" | "format">,
  command: string,
): Promise<Inputs> {
  const options: InputOptions = request.format === undefined ? {} : { format: request.format };
  if (request.source.kind !== "stdin") return openInputs(request.source, options);
  if (process.stdin.isTTY) {
    throw new UsageError(
      `Cannot ${command} without inputs: give them as arguments, with --input FILE or --glob PATTERN, or on standard input`,
    );
  }
  return openInputs({ kind: "stream", stream: process.stdin, name: "standard input" }, options);
}

/** What the request says of the cluster. */
export function clusterOptions(
  request: RunRequest,
  onWarning: (line: string) => void,
): ClusterOptions {
  const { jobs, nodes, discover, join, listen, require, secretFile, cipher, depends } = request;
  const { reentrant, timeoutMs, memoryLimit, retries } = request;
  return {
    files: depends,
    reentrant,
    onWarning,
    ...(nodes !== undefined && { nodes }),
    ...(discover !== undefined && { discover }),
    ...(join !== undefined && { join }),
    ...(listen !== undefined && { listen }),
    ...(require !== undefined && { require }),
    ...(secretFile !== undefined && { secretFile }),
    ...(cipher !== undefined && { cipher }),
    ...(jobs !== undefined && { local: jobs }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(memoryLimit !== undefined && { memoryLimit }),
    ...(retries !== undefined && { retries }),
  };
}

/** Opens the job log, if one is asked for. What jobs gave is written before they are logged. */
export function openJoblog(
  request: RunRequest,
  identity: string,
  sink: Pick<JobSink, "flush" | "logColumns">,
): Promise<Joblog | undefined> {
  const { joblog: path, resume, retryFailed } = request;
  if (path === undefined) return Promise.resolve(undefined);
  return Joblog.open({
    path,
    identity,
    resume: resume || retryFailed,
    ...(sink.logColumns !== undefined && { moreColumns: sink.logColumns }),
    beforeWrite: () => sink.flush(),
  });
}

/** Inputs, and how many there are where that is known without reading them. */
export type CountedInputs = AsyncIterable<unknown> & Pick<Inputs, "total">;

/** Numbers the inputs and leaves out those that the job log has as done. */
export function numberInputs(
  source: CountedInputs,
  request: RunRequest,
  joblog: Joblog | undefined,
  progress: Progress,
): NumberedInputs {
  const { resume, retryFailed } = request;
  const earlier = resume || retryFailed ? joblog?.earlier : undefined;
  const shouldRun = earlier === undefined
    ? () => true
    : (seq: number, value: unknown) => earlier.shouldRun(seq, value, { resume, retryFailed });
  if (source.total !== undefined && earlier === undefined) progress.total(source.total);
  return new NumberedInputs(source, { shouldRun, onTotal: (total) => progress.total(total) });
}

/** How the end of a run is told. */
export type ReportOptions = {
  /** Where the summary goes as JSON; undefined: as text, with the failures, to standard error. */
  readonly json: { write(text: string): unknown } | undefined;
  readonly joblog: string | undefined;
  readonly raw: boolean;
};

/** Tells how a run ended. */
export function reportRun({ summary, tally }: JobRun, options: ReportOptions): void {
  const { json, joblog, raw } = options;
  if (json !== undefined) {
    json.write(`${JSON.stringify(summaryJson(summary, tally))}\n`);
    return;
  }
  const paint = paintFor(process.stderr);
  process.stderr.write(renderFailures(tally, { joblog, raw, paint }));
  process.stderr.write(`${renderSummary(summary)}\n`);
}
