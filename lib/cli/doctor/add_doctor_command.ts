import type { Command } from "commander";

const doctorHelp = `
Looks at this host's networks, its secret and keys and who can read them, the ports, whether multicast is heard, and the
clocks and versions of the nodes that answer. Each FAIL has a line on what to do. Exit code: 0 nothing to mend, 1
something is, 2 wrong usage.

Examples:
  muster doctor
  muster doctor --nodes 192.168.1.20                    and why that node is not found
  muster doctor --json | jq '.[] | select(.verdict == "fail")'
`;

/** Adds the command. */
export function addDoctorCommand(program: Command, setExitCode: (code: number) => void): void {
  program.command("doctor")
    .summary("find out why nodes are not found")
    .description("Checks what this host needs to work with others, and says what to do.")
    .option("--json", "print one JSON array")
    .option("--nodes <list>", "look at these nodes as well: host or host:port, with commas")
    .option("--join <hosts...>", "nodes elsewhere to be introduced by, as host or host:port")
    .option("--secret-file <file>", "secret shared with the nodes (see muster keygen)")
    .addHelpText("after", doctorHelp)
    .action(async (flags: Record<string, unknown>) => {
      const { parseNodesRequest } = await import("../nodes/nodes_options.ts");
      const { runDoctorCommand } = await import("./doctor_command.ts");
      setExitCode(await runDoctorCommand(parseNodesRequest(flags)));
    });
}
