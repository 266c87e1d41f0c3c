import { ledgerClientWords, LedgerProcess } from "../harness/ledger_process.ts";
import type { ClientOrder } from "../harness/ledger_client.ts";
import { NodeBed } from "../harness/node_bed.ts";
import type { RunningProcess } from "../harness/running_process.ts";

/** A daemon that is killed and started again. */
export type Daemon = {
  readonly name: string;
  /** As `127.0.0.1:port`: the same after each start. */
  readonly address: string;
  readonly process: RunningProcess;
};

/** Longer than any run. */
const deadlineMs = 7 * 24 * 3_600_000;
/** How long a start may take: what is in the journal is read before it is over. */
const startMs = 120_000;

/** A bed for long runs. */
export class SoakBed extends NodeBed {
  /** Starts a node, at the address that it had before if it is started again. */
  async soakNode(name: string, address = "127.0.0.1:0"): Promise<Daemon> {
    const args = ["node", "--name", name, "--cpus", "2", "--dest-path", `${this.folder}/${name}`];
    return await this.#daemon(name, [...args, ...placeOf(address)], / slots on ([^\s,]+)/);
  }

  /** Starts the scheduler, on the journal and at the address that it had before if it is started again. */
  async soakScheduler(nodes: readonly string[], address = "127.0.0.1:0"): Promise<Daemon> {
    const keeping = ["--journal", `${this.folder}/journal`, "--durability", "full"];
    const args = ["scheduler", ...keeping, "--no-discover", "--nodes", nodes.join(",")];
    return await this.#daemon("scheduler", [...args, ...placeOf(address)], / listens on ([^\s,]+)/);
  }

  /** Starts the client. */
  soakClient(order: ClientOrder): LedgerProcess {
    const [script = "", ...words] = ledgerClientWords(order);
    const process = this.script(script, words, { env: this.env, stdin: null, deadlineMs });
    return new LedgerProcess(process, order.ledger);
  }

  async #daemon(name: string, args: readonly string[], pattern: RegExp): Promise<Daemon> {
    const process = this.start(args, { env: this.env, stdin: null, deadlineMs });
    await process.until(`${name} listens`, () => pattern.test(process.stderr), startMs);
    return { name, address: pattern.exec(process.stderr)?.[1] ?? "", process };
  }
}

function placeOf(address: string): string[] {
  const [host = "", port = ""] = address.split(":");
  return ["--host", host, "--port", port];
}
