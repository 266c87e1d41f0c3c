import type { Command } from "commander";
import { addInputOptions, addRunOptions } from "../run/add_run_options.ts";

const execHelp = `
Placeholders: {} the input, {.} without extension, {/} its name, {//} its folder, {/.} name without extension,
{#} the job's number, {1} {2} or {name} a column; {1.}, {name/} and so on. Without one, the input comes last.
No shell is involved unless --shell asks for one. Scripts (.ts, .js) are run by muster's own runtime.

On a node programs run in a folder of their own: files they read are sent with --depends, files they make are fetched
with --return. The program itself is sent if it lies below the working directory. Nodes that are found are used with
--depends, --return, --nodes, --join, --listen or --no-local; without any of these, programs run here alone.

Output appears when a program has ended, that of each in one piece. A program fails by its exit code; failed ones are
listed at the end. Exit code: 0 all done, 1 some failed, 2 wrong usage, 3 no node can be reached, 130 Ctrl-C.

Examples:
  muster exec --glob '*.wav' -- flac --silent {} -o {.}.flac     a program for each file
  muster exec -- gzip -9 {} ::: *.log                            inputs as words
  muster exec -- convert {1} -resize {2} {1.}-{2}.png ::: *.jpg ::: 200 800
  muster exec --input people.csv -- ./mail.sh {email} {name}     columns of a table
  muster exec --pipe -- grep -c error < big.log                  blocks of lines to standard input
  muster exec --shell -- 'sort {} | uniq -c > {.}.txt' ::: *.csv a shell for each input
  seq 100 | muster exec --nodes 192.168.1.20 -- ./step.ts {}     on this machine and another
  muster exec --nodes 192.168.1.20 --depends in --return out/{/} -- ./convert.sh {} ::: in/*
`;

const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

/** Adds the command. */
export function addExecCommand(program: Command, setExitCode: (code: number) => void): void {
  const command = program.command("exec")
    .summary("run a program for each input, in parallel")
    .description("Runs a program for each input, in parallel, as xargs and GNU parallel do.")
    .argument("<program>", "the program")
    .argument("[args...]", "its arguments, with placeholders; after :::, inputs as words")
    .passThroughOptions();
  addRunOptions(addInputOptions(command))
    .option("--colsep <regexp>", "split each line into columns, e.g. ',' or '\\t'")
    .option("--pipe", "give inputs to standard input, in blocks of whole lines")
    .option("--block <size>", "size of these blocks (default: 1m)")
    .option("--shell", "run the command by sh -c; inputs are quoted")
    .option("-k, --keep-order", "give output in the order of the inputs")
    .option("--line-buffer", "give output line by line, as it is written")
    .option("--tag", "begin each line of output with its input")
    .option("--env <name=value>", "set a variable for the programs; may be repeated", collect)
    .option("--return <paths...>", "fetch these files from nodes, e.g. {.}.png")
    .option("--dry-run", "print the commands and run none")
    .option("--joblog <file>", "log each job, with its exit code")
    .option("--resume", "run only inputs that the job log does not have")
    .option("--retry-failed", "run only inputs that failed in the job log")
    .option("--json", "print the summary as JSON, as the last line of stderr")
    .addHelpText("after", execHelp)
    .action(async (name: string, args: string[], flags: Record<string, unknown>) => {
      // Loaded when needed: `--help` and completion are there at once.
      const { parseExecRequest } = await import("./exec_options.ts");
      const { runExecCommand } = await import("./exec_command.ts");
      setExitCode(await runExecCommand(parseExecRequest([name, ...args], flags)));
    });
}
