import { z } from "zod";
import { checkFlags, fileFlag, runFlags, type RunRequest, runRequest } from "../run/run_flags.ts";

/** What `muster map` was asked for, checked. */
export type MapRequest = RunRequest & {
  readonly module: string;
  readonly isolation: "worker" | "process" | undefined;
  readonly unordered: boolean;
  readonly raw: boolean;
  /** Whether what jobs print is shown while they run. */
  readonly live: boolean;
  readonly output: string | undefined;
};

const flagSchema = z.strictObject({
  ...runFlags,
  isolation: z.enum(["worker", "process"]).optional(),
  unordered: z.boolean().optional(),
  raw: z.boolean().optional(),
  live: z.boolean().optional(),
  output: fileFlag,
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
  };
}
