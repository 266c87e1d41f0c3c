import type { Command } from "commander";
import { z } from "zod";
import type { SchedulerOptions, SharedClusterOptions } from "../../client/shared/shared_options.ts";
import { fileFlag } from "../run/run_flags.ts";

/** The flags that say where a shared scheduler is. */
export const schedulerFlags = {
  scheduler: z.string().min(1, "give host or host:port").optional(),
  secretFile: fileFlag,
  shared: z.boolean().optional(),
};

/** The flags that say what a cluster is at a shared scheduler. */
export const sharedClusterFlags = {
  ...schedulerFlags,
  name: z.string().min(1, "give a name").optional(),
  priority: z.string().regex(/^-?\d+(\.\d+)?$/, "give a number").transform(Number).optional(),
  exclusive: z.boolean().optional(),
};

const schedulerSchema = z.object(schedulerFlags);
const clusterSchema = z.object(sharedClusterFlags);

/** Flags of a cluster at a scheduler, checked. */
export type SharedClusterFlags = z.infer<typeof clusterSchema>;

/** Adds the flags that say where the scheduler is. */
export function addSchedulerOptions(command: Command): Command {
  return command
    .option(
      "--scheduler <place>",
      "the scheduler: host or host:port (default: 127.0.0.1, port 7702)",
    )
    .option("--secret-file <file>", "secret shared with the scheduler (see muster keygen)")
    .option("--shared", "the cluster is everybody's who holds the secret, not this host's alone");
}

/** What a request says of the scheduler. */
export function schedulerOptions(
  { scheduler, secretFile, shared }: z.infer<typeof schedulerSchema>,
  onWarning: (line: string) => void,
): SchedulerOptions {
  return {
    onWarning,
    ...(scheduler !== undefined && { scheduler }),
    ...(secretFile !== undefined && { secretFile }),
    ...(shared !== undefined && { shared }),
  };
}

/** What a request says of a cluster at a scheduler. */
export function sharedClusterOptions(
  flags: SharedClusterFlags,
  onWarning: (line: string) => void,
): SharedClusterOptions {
  const { name, priority, exclusive } = flags;
  return {
    ...schedulerOptions(flags, onWarning),
    ...(name !== undefined && { name }),
    ...(priority !== undefined && { priority }),
    ...(exclusive !== undefined && { exclusive }),
  };
}
