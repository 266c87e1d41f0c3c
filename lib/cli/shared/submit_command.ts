import process from "node:process";
import { z } from "zod";
import { SharedJobCluster } from "../../client/shared/shared_job_cluster.ts";
import { exitCodes } from "../exit_codes.ts";
import type { InputFormat } from "../input/format.ts";
import type { Inputs } from "../input/open_inputs.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { parseTarget } from "../map/map_target.ts";
import { checkFlags, runFlags, type RunRequest, sourceOf } from "../run/run_flags.ts";
import { openSource } from "../run/run_setup.ts";
import { sharedClusterFlags, sharedClusterOptions } from "./scheduler_flags.ts";

const { input, format, glob, reentrant, timeout, retries } = runFlags;
const flagSchema = z.strictObject({
  ...sharedClusterFlags,
  input,
  format,
  glob,
  reentrant,
  timeout,
  retries,
});

/** What `muster submit` was asked for, checked. */
export type SubmitRequest = z.infer<typeof flagSchema> & {
  readonly module: string;
  readonly source: RunRequest["source"];
  readonly format: InputFormat | undefined;
};

/**
 * Checks the words and flags of `muster submit`.
 *
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function parseSubmitRequest(
  module: string,
  values: readonly string[],
  rawFlags: Readonly<Record<string, unknown>>,
): SubmitRequest {
  const flags = checkFlags(flagSchema, rawFlags);
  return { ...flags, format: flags.format, module, source: sourceOf(values, flags) };
}

/**
 * `muster submit`: hands jobs to a shared scheduler and leaves.
 *
 * @returns The exit code.
 * @throws {UsageError | CodeError} For what the user has to mend.
 * @throws {ConnectError} When the scheduler cannot be reached.
 */
export async function runSubmitCommand(request: SubmitRequest): Promise<number> {
  const stopped = Promise.withResolvers<"stopped">();
  using interrupt = onInterrupt(() => stopped.resolve("stopped"));
  const target = parseTarget(request.module);
  const source = await openSource(request, "submit");
  const warn = (line: string): unknown => process.stderr.write(`muster: ${line}\n`);
  const { reentrant = false, timeout: timeoutMs, retries } = request;
  const cluster = await SharedJobCluster.fromModule<readonly [unknown]>(
    target.url,
    target.exportName,
    {
      ...sharedClusterOptions(request, warn),
      reentrant,
      keepResults: true,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(retries !== undefined && { retries }),
    },
  );
  const leaving = submitAll(cluster, source).then(() => cluster.detach());
  try {
    await Promise.race([leaving, stopped.promise]);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  if (interrupt.signal !== undefined) {
    leaving.catch(() => {});
    await cluster.close();
    return exitCodeOf(interrupt.signal);
  }
  process.stdout.write(`${cluster.name}\n`);
  return exitCodes.ok;
}

async function submitAll(
  cluster: SharedJobCluster<readonly [unknown], unknown>,
  inputs: Inputs,
): Promise<void> {
  for await (const value of inputs) cluster.submit(value);
}
