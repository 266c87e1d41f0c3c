import { Command, CommanderError } from "commander";
import process from "node:process";
import { JournalError } from "../journal/journal_error.ts";
import { ConnectError } from "../net/connect_error.ts";
import { CodeError, UsageError } from "../proto/errors.ts";
import { version } from "../proto/version.ts";
import { addCompletionCommand } from "./add_completion_command.ts";
import { addKeygenCommand } from "./add_keygen_command.ts";
import { addDoctorCommand } from "./doctor/add_doctor_command.ts";
import { addExecCommand } from "./exec/add_exec_command.ts";
import { exitCodes } from "./exit_codes.ts";
import { addMapCommand } from "./map/add_map_command.ts";
import { addNodeCommand } from "./node/add_node_command.ts";
import { addRecoverCommand } from "./recover/add_recover_command.ts";
import { addSchedulerCommand } from "./scheduler/add_scheduler_command.ts";
import { addNodesCommand } from "./nodes/add_nodes_command.ts";
import { addResultsCommand } from "./shared/add_results_command.ts";
import { addStatusCommand } from "./shared/add_status_command.ts";
import { addSubmitCommand } from "./shared/add_submit_command.ts";

/**
 * Runs the command line.
 *
 * @param args The words after the program's name.
 * @returns The exit code. A user's mistake is told in one line on standard error.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = createProgram((code) => exitCode = code);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version were printed, as asked; for all else commander has told why.
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    const exit = exitCodeFor(error);
    if (exit === undefined) throw error;
    process.stderr.write(`muster: ${(error as Error).message}\n`);
    return exit;
  }
}

/** The code for what the user can mend; undefined for a fault of our own. */
function exitCodeFor(error: unknown): number | undefined {
  if (error instanceof UsageError || error instanceof CodeError) return exitCodes.usage;
  if (error instanceof ConnectError) return exitCodes.unreachable;
  if (error instanceof JournalError) return exitCodes.failed;
  return undefined;
}

/** The commands with their flags and help; `setExitCode` is told how a command ended. */
export function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command("muster")
    .description(
      "Runs TypeScript functions in parallel, on every core of this machine and of others.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    // What follows the program of `exec` is its own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "muster: ")) })
    .showSuggestionAfterError(false);
  addMapCommand(program, setExitCode);
  addExecCommand(program, setExitCode);
  addSubmitCommand(program, setExitCode);
  addResultsCommand(program, setExitCode);
  addStatusCommand(program, setExitCode);
  addRecoverCommand(program, setExitCode);
  addNodeCommand(program, setExitCode);
  addNodesCommand(program, setExitCode);
  addSchedulerCommand(program, setExitCode);
  addDoctorCommand(program, setExitCode);
  addKeygenCommand(program);
  addCompletionCommand(program);
  return program;
}
