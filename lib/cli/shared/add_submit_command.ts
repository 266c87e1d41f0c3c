import type { Command } from "commander";
import { addInputOptions } from "../run/add_run_options.ts";
import { addSchedulerOptions } from "./scheduler_flags.ts";

const submitHelp = `
Hands a job for each input to a shared scheduler ("muster scheduler"), prints the name of their cluster once all are
accepted, and ends; the jobs go on. "muster results NAME" gets what comes of them. Ctrl-C before that ends the cluster.
Exit code: 0 all accepted, 2 wrong usage, 3 the scheduler cannot be reached, 130 stopped by Ctrl-C.

Examples:
  muster submit ./train.ts --input runs.csv --name nightly --reentrant
  muster results nightly
  muster submit ./fetch.ts#page --input urls.txt --scheduler 10.0.0.5 --retries 2 --timeout 10s
`;

/** Adds the command. */
export function addSubmitCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program.command("submit")
    .summary("leave jobs at a shared scheduler")
    .description("Has a shared scheduler apply a function of a module to each input, and leaves.")
    .argument("<module>", "module file, with #name for an export other than the default one")
    .argument("[inputs...]", "inputs, as strings; or as JSON with --format json");
  addSchedulerOptions(addInputOptions(command))
    .option("--name <name>", "what to call the cluster (default: the export's name and digits)")
    .option("--priority <n>", "clusters of a higher priority are served first (default: 0)")
    .option("--exclusive", "begin no other cluster's jobs while this one has some")
    .option("--reentrant", "a job may run again when its node is lost")
    .option("--timeout <duration>", "stop a job that runs longer, e.g. 10s")
    .option("--retries <n>", "run a failed job again up to n times, with growing waits")
    .addHelpText("after", submitHelp)
    .action(async (module: string, inputs: string[], flags: Record<string, unknown>) => {
      const { parseSubmitRequest, runSubmitCommand } = await import("./submit_command.ts");
      setExitCode(await runSubmitCommand(parseSubmitRequest(module, inputs, flags)));
    });
}
