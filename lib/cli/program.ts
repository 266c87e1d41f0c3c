import { Argument, Command, CommanderError, Option } from "commander";
import { availableParallelism } from "node:os";
import process from "node:process";
import { ConnectError } from "../net/connect_error.ts";
import { CodeError, UsageError } from "../proto/errors.ts";
import { version } from "../proto/version.ts";
import { exitCodes } from "./exit_codes.ts";
import { inputFormats } from "./input/format.ts";

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
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "muster: ")) })
    .showSuggestionAfterError(false);
  addMapCommand(program, setExitCode);
  addNodeCommand(program, setExitCode);
  addKeygenCommand(program);
  addCompletionCommand(program);
  return program;
}

const halts = ["now", "soon", "never"];
const isolations = ["worker", "process"];

const mapHelp = `
Results are JSON, one a line, in the order of the inputs. Exit code: 0 all done, 1 some inputs failed,
2 wrong usage or code that does not load, 3 no node can be reached, 130 stopped by Ctrl-C.

Examples:
  muster map ./size.ts --glob 'src/**/*.ts'            the default export, for each path
  muster map ./clean.ts#row --input people.csv          an object for each row
  seq 1000 | muster map ./prime.ts --jobs 4 --raw       a string for each line
  muster map ./fetch.ts --input urls.txt --timeout 10s --retries 2 --joblog run.log --output pages.ndjson
  muster map ./fetch.ts --input urls.txt --joblog run.log --retry-failed --output pages.ndjson
  muster map ./size.ts --glob 'src/**/*.ts' --nodes 192.168.1.20,192.168.1.21
`;

function addMapCommand(program: Command, setExitCode: (code: number) => void): void {
  program.command("map")
    .summary("apply a function to each input, in parallel")
    .description(
      "Applies an exported function of a TypeScript or JavaScript module to each input, in parallel.",
    )
    .argument("<module>", "module file, with #name for an export other than the default one")
    .argument("[inputs...]", "inputs, as strings; or as JSON with --format json")
    .option("-i, --input <file>", "read inputs from a file; - is standard input, the default")
    .addOption(
      choice("-f, --format <format>", "format of the inputs; else by extension", inputFormats),
    )
    .option("-g, --glob <patterns...>", "take paths that match as inputs")
    .option("-j, --jobs <n>", "jobs at a time (default: the number of cores)")
    .option("--nodes <list>", "run jobs on these nodes as well: host or host:port, with commas")
    .option("--no-local", "run jobs on nodes only")
    .option("--secret-file <file>", "secret shared with the nodes (see muster keygen)")
    .option("--reentrant", "a job may run again when its node is lost")
    .option("--timeout <duration>", "stop a job that runs longer, e.g. 10s")
    .option("--retries <n>", "run a failed job again up to n times, with growing waits")
    .addOption(
      choice("--halt <when>", "at the first failure: stop all, begin no more, or go on", halts)
        .default("never"),
    )
    .option("--unordered", "give results as they are ready")
    .option("--raw", "print strings without quotes, and what jobs print as it is")
    .option(
      "-o, --output <file>",
      "write results to a file, which replaces an old one when all are written",
    )
    .option("--joblog <file>", "log each job; with this, --output is written as results come")
    .option("--resume", "run only inputs that the job log does not have; adds to --output")
    .option("--retry-failed", "run only inputs that failed in the job log; adds to --output")
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
      const { parseMapRequest } = await import("./map/map_options.ts");
      const { runMapCommand } = await import("./map/map_command.ts");
      setExitCode(await runMapCommand(parseMapRequest(module, inputs, flags)));
    });
}

function choice(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices(words);
}

const nodeHelp = `
A client finds a node by --nodes host[:port]. Both need the same secret; on loopback one is made by itself.
Ctrl-C or SIGTERM ends the node and what it runs.

Examples:
  muster node                                           for programs on this machine
  muster node --host 192.168.1.20 --cpus -1             for the network, leaving one core free
`;

function addNodeCommand(program: Command, setExitCode: (code: number) => void): void {
  program.command("node")
    .summary("lend this machine's cores to clients")
    .description(
      "Runs jobs for clients that hold the cluster's secret, over encrypted connections.",
    )
    .option("--cpus <n>", "slots to lend; negative: leave so many cores free (default: all cores)")
    .option("--name <name>", "what to call this node (default: the host's name)")
    .option("--host <addresses...>", "addresses to listen on (default: 127.0.0.1)")
    .option("--port <port>", "TCP port; 0 takes a free one (default: 7701)")
    .option("--secret-file <file>", "the cluster's secret")
    .addHelpText("after", nodeHelp)
    .action(async (flags: Record<string, unknown>) => {
      const { parseNodeRequest } = await import("./node/node_options.ts");
      const { runNodeCommand } = await import("./node/node_command.ts");
      setExitCode(await runNodeCommand(parseNodeRequest(flags, availableParallelism())));
    });
}

const keygenHelp = `
Hosts work together when they hold the same secret. Make it once, copy the file to the others as the output says, and
compare fingerprints if in doubt. A client's file can use nodes and cannot pose as one; a node's file serves schedulers
and takes no clients. A file that is there is never overwritten. Exit code: 0 made, 2 refused.

Files lie in $MUSTER_HOME, or ~/.config/muster: secret, host_key and, if you make them, known_hosts and authorized_keys.

Examples:
  muster keygen                                         the cluster's secret, for all hosts
  muster keygen --for client --output alice.key         for somebody who only submits jobs
  muster keygen --passphrase                            the same words give the same secret on every host
  muster keygen --fingerprint                           what this host holds
`;

function addKeygenCommand(program: Command): void {
  program.command("keygen")
    .summary("make the secret that hosts of one cluster share")
    .description("Makes the secret that the hosts of one cluster share, as a file for them.")
    .addOption(
      choice("--for <role>", "hold the keys of one role only, from the cluster's secret", [
        "node",
        "client",
      ]),
    )
    .option("--passphrase", "derive the secret from words, typed or on standard input")
    .option("-o, --output <file>", "write this file instead of the one muster reads by itself")
    .addOption(
      new Option("--fingerprint", "make nothing; print what tells secrets and hosts apart")
        .conflicts(["for", "passphrase", "output"]),
    )
    .addHelpText("after", keygenHelp)
    .action(async (flags: KeygenFlags) => {
      const { printFingerprints, runKeygen } = await import("./keygen.ts");
      if (flags.fingerprint === true) return await printFingerprints();
      await runKeygen({
        role: flags.for,
        fromPassphrase: flags.passphrase === true,
        output: flags.output,
      });
    });
}

type KeygenFlags = {
  readonly for?: "node" | "client";
  readonly passphrase?: true;
  readonly output?: string;
  readonly fingerprint?: true;
};

const completionHelp = `
Examples:
  muster completion bash > /etc/bash_completion.d/muster
  muster completion zsh > "\${fpath[1]}/_muster"
  muster completion fish > ~/.config/fish/completions/muster.fish
`;

function addCompletionCommand(program: Command): void {
  program.command("completion")
    .summary("print a completion script for a shell")
    .description("Prints a script that completes commands and flags in bash, zsh or fish.")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", completionHelp)
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { renderCompletion } = await import("./completion.ts");
      process.stdout.write(renderCompletion(program, shell));
    });
}
