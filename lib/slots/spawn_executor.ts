import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import type { ModuleCommand } from "../platform/types.ts";
import type { OutputPaths } from "../runtime/output_files.ts";

/** Names of variables that say where secrets are, or change what our own programs do. */
const ours = /^(?:MUSTER_|BUN_BE_BUN$)/;

/**
 * Starts an executor process, the leader of a process group.
 *
 * @param options.output Files for its stdout and stderr; without them both go to our stderr, to keep our stdout for
 * results.
 * @param options.cwd Its working directory; undefined: that of this process.
 */
export function spawnExecutor(
  command: ModuleCommand,
  args: readonly string[],
  options: { readonly output?: OutputPaths; readonly cwd: string | undefined },
): ChildProcess {
  const { output, cwd } = options;
  // What is written there later is added at the end, whoever writes and however often the file was emptied.
  const files = output === undefined
    ? []
    : [openSync(output.stdout, "a", 0o600), openSync(output.stderr, "a", 0o600)];
  const [stdout = 2, stderr = 2] = files;
  try {
    return spawn(command.program, [...command.args, ...args], {
      detached: true,
      stdio: ["ignore", stdout, stderr],
      ...(cwd !== undefined && { cwd }),
      env: { ...withoutOurs(process.env), ...command.env },
    });
  } finally {
    for (const file of files) closeSync(file);
  }
}

/** The environment that jobs may see. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}
