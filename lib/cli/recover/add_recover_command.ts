import type { Command } from "commander";

const recoverHelp = `
For a program or "muster map" that was killed, and that had a recover file: prints what its jobs gave, in the order of
the inputs where it is known at once, and waits for those that its nodes still run. What was printed is not printed again
unless with --all; inputs that were never begun are counted, and shown by --json. Exit code: 0 all done, 1 some jobs
failed, were never begun or could not be asked for, 2 wrong usage or a file that cannot be used, 130 stopped by Ctrl-C.

Examples:
  muster map ./fetch.ts --input urls.txt --nodes 10.0.0.7 --recover-file run.muster
  muster recover run.muster                           after it was killed
  muster recover run.muster --json                    every job with its input, status, and result or error
  muster recover run.muster --all --no-wait --json    where all of them stand now
`;

/** Adds the command. */
export function addRecoverCommand(program: Command, setExitCode: (code: number) => void): void {
  program.command("recover")
    .summary("bring back the jobs of a client that was killed")
    .description("Prints what became of the jobs of a program with a recover file that was killed.")
    .argument("<file>", "the recover file")
    .option("--all", "also jobs that were printed or given to the program before")
    .option("--no-wait", "only show where jobs stand: all of them come again")
    .option("--reach <duration>", "how long to try nodes that cannot be reached (default: 10s)")
    .option("--secret-file <file>", "secret shared with the nodes (see muster keygen)")
    .option("--raw", "print strings without quotes, and what jobs printed as it is")
    .option(
      "-o, --output <file>",
      "write results to a file; it must be a new one, or results are added to it",
    )
    .option("--json", "print a JSON object for each job: its input, status, and result or error")
    .addHelpText("after", recoverHelp)
    .action(async (file: string, flags: Record<string, unknown>) => {
      const { parseRecoverRequest, runRecoverCommand } = await import("./recover_command.ts");
      setExitCode(await runRecoverCommand(parseRecoverRequest(file, flags)));
    });
}
