import { z } from "zod";
import { UsageError } from "../../proto/errors.ts";
import { checkFlags, fileFlag, runFlags, type RunRequest, runRequest } from "../run/run_flags.ts";
import { type SharedClusterFlags, sharedClusterFlags } from "../shared/scheduler_flags.ts";

/** What `muster map` was asked for, checked. */
export type MapRequest = RunRequest & {
  readonly module: string;
  readonly isolation: "worker" | "process" | undefined;
  readonly unordered: boolean;
  readonly raw: boolean;
  /** Whether what jobs print is shown while they run. */
  readonly live: boolean;
  readonly output: string | undefined;
  readonly recoverFile: string | undefined;
  /** The scheduler whose nodes run the jobs; undefined if this program finds nodes itself. */
  readonly shared: SharedClusterFlags | undefined;
};

const flagSchema = z.strictObject({
  ...runFlags,
  ...sharedClusterFlags,
  isolation: z.enum(["worker", "process"]).optional(),
  unordered: z.boolean().optional(),
  raw: z.boolean().optional(),
  live: z.boolean().optional(),
  output: fileFlag,
  recoverFile: fileFlag,
});

/**
 * Checks the words and flags of `muster map`.
 *
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function parseMapRequest(
  module: string,
  values: readonly string[],
  rawFlags: Readonly<Record<string, unknown>>,
): MapRequest {
  const flags = checkFlags(flagSchema, rawFlags);
  return {
    ...runRequest(flags, values),
    module,
    isolation: flags.isolation,
    unordered: flags.unordered ?? false,
    raw: flags.raw ?? false,
    live: flags.live ?? false,
    output: flags.output,
    recoverFile: flags.recoverFile,
    shared: sharedFlags(flags),
  };
}

/** What only local slots, and nodes that this program finds itself, can keep to. */
const notShared = [
  "jobs",
  "nodes",
  "join",
  "listen",
  "require",
  "depends",
  "memoryLimit",
  "isolation",
  "live",
  "recoverFile",
] as const;
const onlyShared = ["name", "shared", "priority", "exclusive"] as const;

function sharedFlags(flags: z.infer<typeof flagSchema>): SharedClusterFlags | undefined {
  const stray = flags.scheduler === undefined
    ? onlyShared.find((key) => flags[key] !== undefined)
    : notShared.find((key) => flags[key] !== undefined);
  if (stray === undefined) return flags.scheduler === undefined ? undefined : flags;
  const flag = `--${stray.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(
    flags.scheduler === undefined
      ? `Cannot use ${flag} alone: it is for a shared scheduler, which --scheduler names`
      : `Cannot use ${flag} with --scheduler: the scheduler and its nodes decide that`,
  );
}
