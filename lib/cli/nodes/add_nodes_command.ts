import type { Command } from "commander";
import { cipherOption } from "../choice.ts";

const nodesHelp = `
Shows the nodes that answer on the local networks, those that other nodes know, and those that are named. No slot is
taken for it. Exit code: 0 some were found, 2 wrong usage or no secret, 3 none was found.

Examples:
  muster nodes
  muster nodes --watch                                  again every two seconds
  muster nodes --join 10.0.4.2                          also where the node at that address is known
  muster nodes --json | jq '.[].name'
`;

/** Adds the command. */
export function addNodesCommand(program: Command, setExitCode: (code: number) => void): void {
  program.command("nodes")
    .summary("list the nodes that can be found")
    .description("Lists nodes with their slots, free processors and memory, and round trip.")
    .option("--watch", "list them again every two seconds, until Ctrl-C")
    .option("--json", "print one JSON array; with --watch one a line")
    .option("--nodes <list>", "ask these as well: host or host:port, with commas")
    .option("--join <hosts...>", "nodes elsewhere to be introduced by, as host or host:port")
    .option("--secret-file <file>", "secret shared with the nodes (see muster keygen)")
    .addOption(cipherOption("connect with this cipher for large messages (default: aes)"))
    .addHelpText("after", nodesHelp)
    .action(async (flags: Record<string, unknown>) => {
      const { parseNodesRequest } = await import("./nodes_options.ts");
      const { runNodesCommand } = await import("./nodes_command.ts");
      setExitCode(await runNodesCommand(parseNodesRequest(flags)));
    });
}
