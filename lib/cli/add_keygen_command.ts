import { type Command, Option } from "commander";
import { choice } from "./choice.ts";

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

/** Adds the command. */
export function addKeygenCommand(program: Command): void {
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
