import process from "node:process";
import { z } from "zod";
import { recoverJobs } from "../../client/recover/recover_jobs.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { exitCodes } from "../exit_codes.ts";
import { type ResultTarget, standardOutput } from "../output/result_target.ts";
import { ResultWriter } from "../output/result_writer.ts";
import { createProgress } from "../progress.ts";
import { checkFlags, durationFlag, fileFlag } from "../run/run_flags.ts";
import { RecoveredPrinting } from "./recovered_printing.ts";

const flagSchema = z.strictObject({
  all: z.boolean().optional(),
  wait: z.boolean(),
  reach: durationFlag.optional(),
  secretFile: fileFlag,
  raw: z.boolean().optional(),
  output: fileFlag,
  json: z.boolean().optional(),
});

/** What `muster recover` was asked for, checked. */
export type RecoverRequest = z.infer<typeof flagSchema> & { readonly file: string };

/**
 * Checks the words and flags of `muster recover`.
 *
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function parseRecoverRequest(
  file: string,
  rawFlags: Readonly<Record<string, unknown>>,
): RecoverRequest {
  return { ...checkFlags(flagSchema, rawFlags), file };
}

/**
 * `muster recover`: prints what became of the jobs of a program that was killed.
 *
 * @returns The exit code.
 * @throws {UsageError} When the file cannot be used.
 */
export async function runRecoverCommand(request: RecoverRequest): Promise<number> {
  const stopped = new AbortController();
  using interrupt = onInterrupt(() => stopped.abort());
  const progress = await createProgress({ stream: process.stderr });
  const { file, all = false, wait, reach, secretFile, raw = false, json = false } = request;
  try {
    const jobs = recoverJobs(file, {
      all,
      wait,
      signal: stopped.signal,
      onWarning: (line) => progress.log(`muster: ${line}`),
      ...(reach !== undefined && { reachMs: reach }),
      ...(secretFile !== undefined && { secretFile }),
    });
    const first = await jobs.next();
    const target: ResultTarget = request.output === undefined
      ? standardOutput(progress)
      : { kind: "file", path: request.output, mode: "append" };
    await using writer = await ResultWriter.open(target, { raw });
    writer.readerGone.addEventListener("abort", () => stopped.abort(), { once: true });
    const printing = new RecoveredPrinting(writer, progress, { raw, json });
    // A job counts as delivered when the next is asked for: by then it has left this process.
    for (let next = first; next.done !== true; next = await jobs.next()) {
      await printing.print(next.value);
    }
    await writer.close();
    progress.stop();
    printing.report();
    return printing.isWhole ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
    return interrupt.signal === undefined ? exitCodes.readerGone : exitCodeOf(interrupt.signal);
  } finally {
    progress.stop();
  }
}
