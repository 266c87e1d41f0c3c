import type { Command } from "commander";
import { addSchedulerOptions } from "./scheduler_flags.ts";

const resultsHelp = `
Waits for the jobs of a cluster that "muster submit" or another program has left at a shared scheduler, and prints their
results as "muster map" does. What was printed the scheduler forgets; the rest comes again when this is stopped and
started again. When nothing is left, the cluster is ended. Exit code: 0 all done, 1 some jobs failed, 2 wrong usage or no
such cluster, 3 the scheduler cannot be reached, 130 stopped by Ctrl-C.

Examples:
  muster results nightly                              in the order of the inputs, once all before it are there
  muster attach nightly --unordered --json            as they are ready, with their numbers
  muster results nightly --scheduler 10.0.0.5 --output pages.ndjson
`;

/** Adds the command. */
export function addResultsCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program.command("results")
    .alias("attach")
    .summary("wait for the results of a cluster at a shared scheduler")
    .description("Prints the results of jobs that were left at a shared scheduler.")
    .argument("<name>", "what the cluster is called");
  addSchedulerOptions(command)
    .option("--unordered", "give results as they are ready")
    .option("--raw", "print strings without quotes, and what jobs print as it is")
    .option(
      "-o, --output <file>",
      "write results to a file; it must be a new one, or results are added to it",
    )
    .option("--json", "print a JSON object for each job: its number, status, and result or error")
    .addHelpText("after", resultsHelp)
    .action(async (name: string, flags: Record<string, unknown>) => {
      const { parseResultsRequest, runResultsCommand } = await import("./results_command.ts");
      setExitCode(await runResultsCommand(parseResultsRequest(name, flags)));
    });
}
