import type { Command } from "commander";
import { choice, cipherOption } from "../choice.ts";
import { inputFormats } from "../input/format.ts";

const halts = ["now", "soon", "never"];

/** Adds the flags by which a command finds its inputs. */
export function addInputOptions(command: Command): Command {
  return command
    .option("-i, --input <file>", "read inputs from a file; - is standard input, the default")
    .addOption(
      choice("-f, --format <format>", "format of the inputs; else by extension", inputFormats),
    )
    .option("-g, --glob <patterns...>", "take paths that match as inputs");
}

/** Adds the flags that say where jobs run, and how long and how often. */
export function addRunOptions(command: Command): Command {
  return command
    .option("-j, --jobs <n>", "jobs at a time (default: the number of cores)")
    .option("--nodes <list>", "run jobs on these nodes as well: host or host:port, with commas")
    .option(
      "--listen <place>",
      "take nodes that dial: port, address or address:port (default port: 7703)",
    )
    .option("--no-discover", "use no nodes but those that are named or dial")
    .option("--join <hosts...>", "nodes elsewhere that tell of others, as host or host:port")
    .option("--no-local", "run jobs on nodes only")
    .option("--require <list>", "use only nodes with these: tag=…,platform=…,arch=…,runtime=…")
    .option("--secret-file <file>", "secret shared with the nodes (see muster keygen)")
    .option("--depends <patterns...>", "send nodes these files and folders, relative to here")
    .addOption(cipherOption("seal large messages to nodes with this (default: aes)"))
    .option("--reentrant", "a job may run again when its node is lost")
    .option("--timeout <duration>", "stop a job that runs longer, e.g. 10s")
    .option("--memory-limit <size>", "stop a job that uses more memory, e.g. 512MB")
    .option("--retries <n>", "run a failed job again up to n times, with growing waits")
    .addOption(
      choice("--halt <when>", "at the first failure: stop all, begin no more, or go on", halts)
        .default("never"),
    );
}
