import { z } from "zod";
import process from "node:process";
import { limits } from "../../proto/limits.ts";
import { checkOptions } from "../check_options.ts";
import { Recovery } from "./recovery.ts";
import type { RecoveredJob } from "./recovered_job.ts";

/** Options of {@link recoverJobs}. */
export type RecoverOptions = {
  /**
   * Whether to wait for jobs that still run. If not, they are given as `running` once their nodes were asked, and no job
   * counts as delivered: this is but a look.
   * @default true
   */
  readonly wait?: boolean;
  /**
   * Whether to give jobs as well whose end the killed program, or an earlier recovery, was told of.
   * @default false
   */
  readonly all?: boolean;
  /**
   * How long a node that cannot be reached is tried, in milliseconds; then its jobs are given as `running`, and can be
   * recovered later.
   * @default 10000
   */
  readonly reachMs?: number;
  /**
   * File of the secret.
   * @default as for `JobCluster`
   */
  readonly secretFile?: string;
  /** Ends it: what has not been given by then can be recovered later. */
  readonly signal?: AbortSignal;
  /**
   * Told in one line of a node that cannot be reached, or of a record that was cut by the crash.
   * @default `process.emitWarning`
   */
  readonly onWarning?: (message: string) => void;
};

const defaultReachMs = 10_000;
const schema = z.strictObject({
  wait: z.boolean().optional(),
  all: z.boolean().optional(),
  reachMs: z.number().positive().max(limits.maxDurationMs).optional(),
  secretFile: z.string().min(1).optional(),
  signal: z.instanceof(AbortSignal, { error: "give an AbortSignal" }).optional(),
  onWarning: z.custom((value) => typeof value === "function", { error: "give a function" })
    .optional(),
});

/**
 * Brings back the jobs of a program that was killed: from the file that its cluster had as `recoverFile`, and from the
 * nodes that went on without it. Each job comes once, with its id and arguments: first those that have ended, in their
 * order, then others as they end, at last those that never began, for you to submit again. A job counts as delivered
 * when the next one is asked for: a later recovery gives it only with `all`.
 *
 * @param path The recover file.
 * @param options See {@link RecoverOptions}.
 * @returns The jobs.
 * @throws {UsageError} When there is no such file, it is damaged, others could read it, or the program still runs.
 * @throws The signal's reason when it is aborted.
 *
 * @example
 * ```ts
 * import { rmSync } from "node:fs";
 * import { JobCluster, recoverJobs } from "../mod.ts";
 *
 * {
 *   await using cluster = await JobCluster.create((n: number) => n * n, { recoverFile: "squares.muster" });
 *   await cluster.submit(7);
 * }
 * for await (const { input, status, result } of recoverJobs("squares.muster", { all: true })) {
 *   console.log(input, status, result); // prints: [ 7 ] finished 49
 * }
 * for (const file of ["squares.muster", "squares.muster.lock"]) rmSync(file);
 * ```
 */
export async function* recoverJobs(
  path: string,
  options: RecoverOptions = {},
): AsyncGenerator<RecoveredJob, void, undefined> {
  checkOptions(schema, options);
  const { signal, secretFile } = options;
  signal?.throwIfAborted();
  const recovery = Recovery.open(path, {
    waits: options.wait ?? true,
    givesAll: options.all ?? false,
    reachMs: options.reachMs ?? defaultReachMs,
    secretFile,
    signal,
    onWarning: options.onWarning ?? ((message) => process.emitWarning(message, "MusterWarning")),
  });
  try {
    yield* recovery.jobs();
  } finally {
    await recovery.close();
  }
}
