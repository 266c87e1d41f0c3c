import { exitCodes } from "../exit_codes.ts";
import { exitCodeOf, type Interrupt } from "../interrupt.ts";
import type { Joblog } from "../joblog.ts";
import type { Progress } from "../progress.ts";
import type { JobRun } from "./job_run.ts";

/** What a run ends with. */
export type ConductOptions = {
  readonly joblog: Joblog | undefined;
  readonly progress: Progress;
  readonly interrupt: Interrupt;
  readonly readerGone: AbortSignal;
  /** Ends what results were written to; `isWhole` if all of them were. */
  readonly close: (isWhole: boolean) => Promise<void>;
  /** Tells how it ended. */
  readonly report: () => void;
};

/**
 * Runs to the end and tells of it.
 *
 * @returns The exit code.
 * @throws {UsageError} When the inputs turned out to be unreadable.
 */
export async function conductRun(run: JobRun, options: ConductOptions): Promise<number> {
  const { joblog, progress, interrupt, readerGone } = options;
  const failure = await run.run().catch((error: unknown) => ({ error }));
  await joblog?.close();
  await options.close(failure === undefined && !run.stopped);
  progress.stop();
  if (readerGone.aborted) return exitCodes.readerGone;
  // Where nothing was run, the error says it all.
  if (failure === undefined || run.ended > 0) options.report();
  if (failure !== undefined) throw failure.error;
  if (interrupt.signal !== undefined) return exitCodeOf(interrupt.signal);
  return run.tally.total > 0 ? exitCodes.failed : exitCodes.ok;
}
