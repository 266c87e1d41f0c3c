import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { choice, cipherOption } from "../choice.ts";

const logLevels = ["error", "warn", "info", "debug"];

const nodeHelp = `
With a secret (muster keygen) it listens on the private networks of this host, announces itself there, and clients find
it by themselves; other addresses must be named with --host. Without one it serves programs on this machine only.
Ctrl-C or SIGTERM ends the node and what it runs. A file for --config is JSON with the flags' names, as
{"cpus": -1, "host": ["192.168.1.20"], "tag": ["gpu"], "logLevel": "debug"}; flags win over it.

Examples:
  muster node                                           for the local networks, if there is a secret
  muster node --host 192.168.1.20 --cpus -1             for one of them, leaving one core free
  muster node --join 10.0.4.2                           found also from the network of that node
  muster node --host 192.168.1.20 --tag gpu ssd --save-config node.json
  muster node --config node.json --log-level debug
  muster node --dial laptop.example.org                 for a client that cannot reach this machine
  muster node --dial scheduler.example.org:7702         for a scheduler that cannot
`;

/** Adds the command. */
export function addNodeCommand(program: Command, setExitCode: (code: number) => void): void {
  program.command("node")
    .summary("lend this machine's cores to clients")
    .description(
      "Runs jobs for clients that hold the cluster's secret, over encrypted connections.",
    )
    .option("--cpus <n>", "slots to lend; negative: leave so many cores free (default: all cores)")
    .option("--name <name>", "what to call this node (default: the host's name)")
    .option("--host <addresses...>", "addresses to listen on (default: private ones)")
    .option("--port <port>", "TCP port; 0 takes a free one (default: 7701)")
    .option("--ext-host <addresses...>", "addresses to announce instead, behind a NAT")
    .option("--join <hosts...>", "nodes elsewhere to be introduced by, as host or host:port")
    .option(
      "--dial <addresses...>",
      "clients with --listen, or schedulers, to dial (default port: 7703)",
    )
    .option("--tag <tags...>", "words for clients to choose this node by")
    .addOption(
      choice("--isolation <kind>", "a process for each job, or Workers of one", [
        "process",
        "worker",
      ]),
    )
    .option("--dest-path <folder>", "private folder for files while it runs (default: in /tmp)")
    .option(
      "--keep-results <duration>",
      "of lost clients with a recover file, and how long their jobs may go on (default: 24h)",
    )
    .option("--secret-file <file>", "the cluster's secret")
    .addOption(cipherOption("take large messages sealed with this only (default: both)"))
    .addOption(choice("--log-level <level>", "how much to tell (default: info)", logLevels))
    .option("--config <file>", "take options from a JSON file")
    .option("--save-config <file>", "write the options in effect to such a file")
    .addHelpText("after", nodeHelp)
    .action(async (flags: Record<string, unknown>) => {
      const { parseNodeRequest } = await import("./node_options.ts");
      const { runNodeCommand } = await import("./node_command.ts");
      setExitCode(await runNodeCommand(parseNodeRequest(flags, availableParallelism())));
    });
}
