import process from "node:process";
import { JobCluster } from "../../client/cluster.ts";
import type { ClusterOptions } from "../../client/options.ts";
import { exitCodes } from "../exit_codes.ts";
import { type InputOptions, type Inputs, openInputs } from "../input/open_inputs.ts";
import { UsageError } from "../../proto/errors.ts";
import { Joblog } from "../joblog.ts";
import { paintFor } from "../output/color.ts";
import type { ResultTarget } from "../output/result_target.ts";
import { ResultWriter } from "../output/result_writer.ts";
import { createProgress, type Progress } from "../progress.ts";
import { renderFailures, renderSummary, summaryJson } from "../summary.ts";
import { MapInputs } from "./map_inputs.ts";
import type { MapRequest } from "./map_options.ts";
import { MapRun } from "./map_run.ts";
import { parseTarget } from "./map_target.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";

/**
 * `muster map`: applies a function to each input, on all local cores and on the nodes that are named.
 *
 * @returns The exit code.
 * @throws {UsageError | CodeError} Before any job has started, for what the user has to mend.
 */
export async function runMapCommand(request: MapRequest): Promise<number> {
  let run: MapRun | undefined;
  using interrupt = onInterrupt((signal) => {
    // Before there is anything to stop, there is nothing to tell either.
    if (run === undefined) process.exit(exitCodeOf(signal));
    run.stop("now");
  });
  const target = parseTarget(request.module);
  const source = await openSource(request);
  let warn = (line: string): unknown => process.stderr.write(`${line}\n`);
  await using cluster = await JobCluster.fromModule<readonly [unknown]>(
    target.url,
    target.exportName,
    clusterOptions(request, (line) => warn(`muster: ${line}`)),
  );
  const progress = await createProgress({ stream: process.stderr });
  warn = (line) => progress.log(line);
  try {
    await using writer = await ResultWriter.open(resultTarget(request, progress), {
      raw: request.raw,
    });
    await using joblog = await openJoblog(request, target.identity, writer);
    const inputs = numbered(source, request, joblog, progress);
    run = new MapRun({ request, cluster, inputs, writer, joblog, progress });
    const failure = await run.run().catch((error: unknown) => ({ error }));
    await joblog?.close();
    const isWhole = failure === undefined && !run.stopped;
    await (isWhole ? writer.close() : writer.abandon());
    progress.stop();
    if (writer.readerGone.aborted) return exitCodes.readerGone;
    // Where nothing was run, the error says it all.
    if (failure === undefined || run.ended > 0) report(run, request);
    if (failure !== undefined) throw failure.error;
    if (interrupt.signal !== undefined) return exitCodeOf(interrupt.signal);
    return run.tally.total > 0 ? exitCodes.failed : exitCodes.ok;
  } finally {
    progress.stop();
  }
}

function openSource(request: MapRequest): Promise<Inputs> {
  const options: InputOptions = request.format === undefined ? {} : { format: request.format };
  if (request.source.kind !== "stdin") return openInputs(request.source, options);
  if (process.stdin.isTTY) {
    throw new UsageError(
      "Cannot map without inputs: give them as arguments, with --input FILE or --glob PATTERN, or on standard input",
    );
  }
  return openInputs({ kind: "stream", stream: process.stdin, name: "standard input" }, options);
}

function clusterOptions(request: MapRequest, onWarning: (line: string) => void): ClusterOptions {
  const { jobs, nodes, secretFile, reentrant, isolation, timeoutMs, retries } = request;
  return {
    reentrant,
    onWarning,
    ...(nodes !== undefined && { nodes }),
    ...(secretFile !== undefined && { secretFile }),
    ...(jobs !== undefined && { local: jobs }),
    ...(isolation !== undefined && { isolation }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(retries !== undefined && { retries }),
  };
}

function resultTarget(request: MapRequest, progress: Progress): ResultTarget {
  const { output: path, joblog, resume, retryFailed } = request;
  if (path === undefined) {
    // Results and bar may share a terminal.
    const beforeWrite = process.stdout.isTTY ? () => progress.pause() : undefined;
    return { kind: "stream", stream: process.stdout, beforeWrite };
  }
  if (resume || retryFailed) return { kind: "file", path, mode: "append" };
  // A log says which results are there, so they must stay there even if the run does not end.
  return { kind: "file", path, mode: joblog === undefined ? "replace" : "overwrite" };
}

function openJoblog(
  request: MapRequest,
  identity: string,
  writer: ResultWriter,
): Promise<Joblog | undefined> {
  const { joblog: path, resume, retryFailed } = request;
  if (path === undefined) return Promise.resolve(undefined);
  return Joblog.open({
    path,
    identity,
    resume: resume || retryFailed,
    beforeWrite: () => writer.flush(),
  });
}

function numbered(
  source: Inputs,
  request: MapRequest,
  joblog: Joblog | undefined,
  progress: Progress,
): MapInputs {
  const { resume, retryFailed } = request;
  const earlier = resume || retryFailed ? joblog?.earlier : undefined;
  const shouldRun = earlier === undefined
    ? () => true
    : (seq: number, value: unknown) => earlier.shouldRun(seq, value, { resume, retryFailed });
  if (source.total !== undefined && earlier === undefined) progress.total(source.total);
  return new MapInputs(source, { shouldRun, onTotal: (total) => progress.total(total) });
}

function report(run: MapRun, request: MapRequest): void {
  const { summary, tally } = run;
  if (request.json) {
    const line = `${JSON.stringify(summaryJson(summary, tally))}\n`;
    // Where results are on stdout, the summary must not be among them.
    (request.output === undefined ? process.stderr : process.stdout).write(line);
    return;
  }
  const paint = paintFor(process.stderr);
  process.stderr.write(renderFailures(tally, { joblog: request.joblog, raw: request.raw, paint }));
  process.stderr.write(`${renderSummary(summary)}\n`);
}
