import process from "node:process";
import type { BaseCluster } from "../../client/base_cluster.ts";
import { JobCluster, takeDeliveries } from "../../client/cluster.ts";
import type { Job } from "../../client/job.ts";
import type { ClusterOptions } from "../../client/options.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { stripControls } from "../output/plain_text.ts";
import { type ResultTarget, standardOutput } from "../output/result_target.ts";
import { ResultWriter } from "../output/result_writer.ts";
import { createProgress, type Progress } from "../progress.ts";
import { conductRun } from "../run/conduct_run.ts";
import { JobRun } from "../run/job_run.ts";
import {
  clusterOptions,
  numberInputs,
  openJoblog,
  openSource,
  reportRun,
} from "../run/run_setup.ts";
import { sharedClusterOptions } from "../shared/scheduler_flags.ts";
import { WrittenAcks } from "../shared/written_acks.ts";
import { LiveLines } from "./live_lines.ts";
import type { MapRequest } from "./map_options.ts";
import { type MapTarget, parseTarget } from "./map_target.ts";
import { ResultSink } from "./result_sink.ts";

/**
 * `muster map`: applies a function to each input, on all local cores and on the nodes that are named.
 *
 * @returns The exit code.
 * @throws {UsageError | CodeError} Before any job has started, for what the user has to mend.
 */
export async function runMapCommand(request: MapRequest): Promise<number> {
  let run: JobRun | undefined;
  using interrupt = onInterrupt((signal) => {
    // Before there is anything to stop, there is nothing to tell either.
    if (run === undefined) process.exit(exitCodeOf(signal));
    run.stop("now");
  });
  const target = parseTarget(request.module);
  const source = await openSource(request, "map");
  let warn = (line: string): unknown => process.stderr.write(`${line}\n`);
  const { raw, live } = request;
  let show = warn;
  const lines = new LiveLines((line) => show(raw ? line : stripControls(line)));
  const { cluster: opened, acknowledge } = await openCluster(request, target, {
    onWarning: (line) => warn(`muster: ${line}`),
    onOutput: (output) => lines.add(output),
  });
  await using cluster = opened;
  const progress = await createProgress({ stream: process.stderr });
  show = warn = (line) => progress.log(line);
  try {
    const where = resultTarget(request, progress);
    await using writer = await ResultWriter.open(where, { raw });
    const sink = new ResultSink(writer, progress, { raw, live });
    await using joblog = await openJoblog(request, target.identity, sink);
    const started = run = new JobRun({
      cluster,
      inputs: numberInputs(source, request, joblog, progress),
      argumentOf: ({ value }) => value,
      sink,
      joblog,
      progress,
      ordered: !request.unordered,
      window: () => cluster.window,
      halt: request.halt,
      // A file that is to be replaced has none of them before the end.
      onWritten: where.kind === "file" && where.mode === "replace"
        ? undefined
        : onWritten(writer, acknowledge),
    });
    return await conductRun(started, {
      joblog,
      progress,
      interrupt,
      readerGone: writer.readerGone,
      close: (isWhole) => isWhole ? writer.close() : writer.abandon(),
      report: () => report(started, request),
    });
  } finally {
    progress.stop();
  }
}

/** Has a shared scheduler, or the recover file, keep results until they have left this process. */
function onWritten(
  writer: ResultWriter,
  acknowledge: OpenedCluster["acknowledge"],
): ((job: Job<unknown>) => void) | undefined {
  if (acknowledge === undefined) return undefined;
  const acks = new WrittenAcks({ acknowledge, flush: () => writer.flush() });
  return (job) => acks.add(job);
}

type OpenedCluster = {
  readonly cluster: BaseCluster<readonly [unknown], unknown>;
  /** Where results are kept until then. */
  readonly acknowledge?: (job: Job<unknown>) => void;
};

/** Here and on nodes, or at a shared scheduler. */
async function openCluster(
  request: MapRequest,
  { url, exportName }: MapTarget,
  { onWarning, onOutput }: Required<Pick<ClusterOptions, "onWarning" | "onOutput">>,
): Promise<OpenedCluster> {
  const { shared, reentrant, timeoutMs, retries, isolation, live, recoverFile } = request;
  if (shared === undefined) {
    const cluster = await JobCluster.fromModule<readonly [unknown]>(url, exportName, {
      ...clusterOptions(request, onWarning),
      ...(isolation !== undefined && { isolation }),
      ...(recoverFile !== undefined && { recoverFile }),
      ...(live && { onOutput }),
    });
    return recoverFile === undefined
      ? { cluster }
      : { cluster, acknowledge: takeDeliveries(cluster) };
  }
  // Loaded when it is asked for: most runs start without cryptography.
  const { SharedJobCluster } = await import("../../client/shared/shared_job_cluster.ts");
  const cluster = await SharedJobCluster.fromModule<readonly [unknown]>(url, exportName, {
    ...sharedClusterOptions(shared, onWarning),
    reentrant,
    keepResults: "acknowledged",
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(retries !== undefined && { retries }),
  });
  return { cluster, acknowledge: (job) => cluster.acknowledge(job) };
}

function resultTarget(request: MapRequest, progress: Progress): ResultTarget {
  const { output: path, joblog, resume, retryFailed } = request;
  if (path === undefined) return standardOutput(progress);
  if (resume || retryFailed) return { kind: "file", path, mode: "append" };
  // A log says which results are there, so they must stay there even if the run does not end.
  return { kind: "file", path, mode: joblog === undefined ? "replace" : "overwrite" };
}

function report(run: JobRun, { json, joblog, raw, output }: MapRequest): void {
  // Where results are on stdout, the summary must not be among them.
  const stream = output === undefined ? process.stderr : process.stdout;
  reportRun(run, { json: json ? stream : undefined, joblog, raw });
}
