import type { Command } from "commander";
import { addSchedulerOptions } from "./scheduler_flags.ts";

const statusHelp = `
Of clusters it shows those that this host and user may attach to; with --shared, those that are everybody's. Exit code:
0 it has answered, 2 wrong usage, 3 the scheduler cannot be reached.

Examples:
  muster status
  muster status --scheduler 10.0.0.5 --json
`;

/** Adds the command. */
export function addStatusCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program.command("status")
    .summary("show the nodes and clusters of a shared scheduler")
    .description("Shows what a shared scheduler has: its nodes and your clusters.");
  addSchedulerOptions(command)
    .option("--json", "print it as JSON")
    .addHelpText("after", statusHelp)
    .action(async (flags: Record<string, unknown>) => {
      const { runStatusCommand } = await import("./status_command.ts");
      setExitCode(await runStatusCommand(flags));
    });
}
