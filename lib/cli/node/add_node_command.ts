import { availableParallelism } from "node:os";
import type { Command } from "commander";

const nodeHelp = `
A client finds a node by --nodes host[:port]. Both need the same secret; on loopback one is made by itself.
Ctrl-C or SIGTERM ends the node and what it runs.

Examples:
  muster node                                           for programs on this machine
  muster node --host 192.168.1.20 --cpus -1             for the network, leaving one core free
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
    .option("--host <addresses...>", "addresses to listen on (default: 127.0.0.1)")
    .option("--port <port>", "TCP port; 0 takes a free one (default: 7701)")
    .option("--secret-file <file>", "the cluster's secret")
    .addHelpText("after", nodeHelp)
    .action(async (flags: Record<string, unknown>) => {
      const { parseNodeRequest } = await import("./node_options.ts");
      const { runNodeCommand } = await import("./node_command.ts");
      setExitCode(await runNodeCommand(parseNodeRequest(flags, availableParallelism())));
    });
}
