import process from "node:process";
import { JobCluster } from "../../client/cluster.ts";
import type { JobOutput } from "../../client/options.ts";
import { exitCodes } from "../exit_codes.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { ByteOutput } from "../output/byte_output.ts";
import { createProgress, type Progress } from "../progress.ts";
import { conductRun } from "../run/conduct_run.ts";
import { JobRun } from "../run/job_run.ts";
import {
  clusterOptions,
  type CountedInputs,
  numberInputs,
  openJoblog,
  reportRun,
} from "../run/run_setup.ts";
import { openExecInputs } from "./exec_inputs.ts";
import type { ExecRequest } from "./exec_options.ts";
import { ProgramCalls } from "./program_calls.ts";
import { ProgramFiles } from "./program_files.ts";
import { programFile } from "./program_file.ts";
import { type ProgramCall, type ProgramEnd, programParts, runProgram } from "./program_job.ts";
import { ProgramSink } from "./program_sink.ts";

/** Programs take milliseconds at least, and what they print waits for its turn: few need to be under way. */
const windowPerSlot = 32;
/** Blocks are large. */
const blocksPerSlot = 4;

/**
 * `muster exec`: runs a program for each input, on all local cores and on the nodes that are named.
 *
 * @returns The exit code.
 * @throws {UsageError} Before any program has started, for what the user has to mend.
 */
export async function runExecCommand(request: ExecRequest): Promise<number> {
  let run: JobRun | undefined;
  using interrupt = onInterrupt((signal) => {
    // Before there is anything to stop, there is nothing to tell either.
    if (run === undefined) process.exit(exitCodeOf(signal));
    run.stop("now");
  });
  const calls = new ProgramCalls(request);
  const source = await openExecInputs(request);
  if (request.dryRun) return await printCommands(source, calls);
  let warn = (line: string): unknown => process.stderr.write(`${line}\n`);
  const own = request.usesShell ? undefined : programFile(request.command[0] ?? "");
  const depends = own === undefined ? request.depends : [...request.depends, own];
  let showLive = (_output: JobOutput): void => {};
  await using cluster = await JobCluster.create<[ProgramCall], ProgramEnd>(runProgram, {
    ...clusterOptions({ ...request, depends }, (line) => warn(`muster: ${line}`)),
    depends: programParts(),
    // A program is stopped with the process group that it belongs to.
    isolation: "process",
    ...(request.isLive && { onOutput: (output) => showLive(output) }),
  });
  const progress = await createProgress({ stream: process.stderr });
  warn = (line) => progress.log(line);
  try {
    const sink = createSink(calls, new ProgramFiles(cluster), progress);
    showLive = (output) => sink.addLive(output);
    const identity = request.command.join(" ");
    await using joblog = await openJoblog(request, identity, sink);
    const started = run = new JobRun({
      cluster,
      inputs: numberInputs(source, request, joblog, progress),
      argumentOf: (input) => calls.callOf(input),
      sink,
      joblog,
      progress,
      ordered: request.keepsOrder,
      window: () =>
        cluster.slots * (request.blockBytes === undefined ? windowPerSlot : blocksPerSlot),
      halt: request.halt,
    });
    return await conductRun(started, {
      joblog,
      progress,
      interrupt,
      readerGone: sink.readerGone,
      close: () => sink.flush(),
      report: () => {
        const { json, joblog } = request;
        reportRun(started, { json: json ? process.stderr : undefined, joblog, raw: false });
      },
    });
  } finally {
    progress.stop();
  }
}

function createSink(calls: ProgramCalls, files: ProgramFiles, progress: Progress): ProgramSink {
  const pause = (): void => progress.pause();
  const nothing = (): void => {};
  return new ProgramSink({
    outputs: {
      // The bar is on standard error, which may be the same terminal.
      stdout: new ByteOutput(process.stdout, process.stdout.isTTY ? pause : nothing),
      stderr: new ByteOutput(process.stderr, pause),
    },
    files,
    tagOf: (call) => calls.tagOf(call),
    returnedPaths: (input) => calls.returnedPaths(input),
    describe: (input) => calls.describe(input),
  });
}

async function printCommands(source: CountedInputs, calls: ProgramCalls): Promise<number> {
  const output = new ByteOutput(process.stdout, () => {});
  let seq = 0;
  for await (const value of source) {
    seq += 1;
    await output.write(Buffer.from(`${calls.describe({ seq, value })}\n`));
    if (output.readerGone.aborted) return exitCodes.readerGone;
  }
  await output.flush();
  return exitCodes.ok;
}
