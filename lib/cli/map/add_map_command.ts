import type { Command } from "commander";
import { choice } from "../choice.ts";
import { addInputOptions, addRunOptions } from "../run/add_run_options.ts";

const isolations = ["worker", "process"];

const mapHelp = `
Results are JSON, one a line, in the order of the inputs. Exit code: 0 all done, 1 some inputs failed,
2 wrong usage or code that does not load, 3 no node or scheduler can be used, 130 stopped by Ctrl-C.

Examples:
  muster map ./size.ts --glob 'src/**/*.ts'            the default export, for each path
  muster map ./clean.ts#row --input people.csv          an object for each row
  seq 1000 | muster map ./prime.ts --jobs 4 --raw       a string for each line
  muster map ./fetch.ts --input urls.txt --timeout 10s --retries 2 --joblog run.log --output pages.ndjson
  muster map ./crawl.ts --input sites.txt --live        with the lines of all jobs as they come
  muster map ./fetch.ts --input urls.txt --joblog run.log --retry-failed --output pages.ndjson
  muster map ./size.ts --glob 'src/**/*.ts' --no-local   on nodes alone, those that are found
  muster map ./size.ts --glob 'src/**/*.ts' --nodes 192.168.1.20,192.168.1.21
  muster map ./train.ts --input runs.csv --nodes 192.168.1.20,192.168.1.21 --require tag=gpu,arch=x64
  muster map ./size.ts --glob 'src/**/*.ts' --listen 192.168.1.7      nodes there: muster node --dial 192.168.1.7
  muster map ./fetch.ts --input urls.txt --scheduler 10.0.0.5 --reentrant       on the nodes of muster scheduler
`;

/** Adds the command. */
export function addMapCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program.command("map")
    .summary("apply a function to each input, in parallel")
    .description(
      "Applies an exported function of a TypeScript or JavaScript module to each input, in parallel.",
    )
    .argument("<module>", "module file, with #name for an export other than the default one")
    .argument("[inputs...]", "inputs, as strings; or as JSON with --format json");
  addRunOptions(addInputOptions(command))
    .option(
      "--scheduler <place>",
      "have a shared scheduler's nodes run the jobs: host or host:port",
    )
    .option("--name <name>", "with --scheduler: what to call the cluster, for muster results")
    .option("--priority <n>", "with --scheduler: higher ones are served first (default: 0)")
    .option("--exclusive", "with --scheduler: begin no other cluster's jobs meanwhile")
    .option("--shared", "with --scheduler: let all who hold the secret attach to the cluster")
    .option("--unordered", "give results as they are ready")
    .option("--raw", "print strings without quotes, and what jobs print as it is")
    .option("--live", "show what jobs print line by line as it comes, not at the end of each")
    .option(
      "-o, --output <file>",
      "write results to a file, which replaces an old one when all are written",
    )
    .option("--joblog <file>", "log each job; with this, --output is written as results come")
    .option("--resume", "run only inputs that the job log does not have; adds to --output")
    .option("--retry-failed", "run only inputs that failed in the job log; adds to --output")
    .option("--recover-file <file>", "account of all jobs, for muster recover if this is killed")
    .option(
      "--json",
      "print the summary as JSON: to stdout with --output, else as the last line of stderr",
    )
    .addOption(
      choice("--isolation <kind>", "run jobs in Web Workers or in a process per slot", isolations),
    )
    .addHelpText("after", mapHelp)
    .action(async (module: string, inputs: string[], flags: Record<string, unknown>) => {
      // Loaded when needed: `--help` and completion are there at once.
      const { parseMapRequest } = await import("./map_options.ts");
      const { runMapCommand } = await import("./map_command.ts");
      setExitCode(await runMapCommand(parseMapRequest(module, inputs, flags)));
    });
}
