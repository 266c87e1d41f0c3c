import { root } from "../../scripts/files.ts";
import { readAttempts } from "./attempts.ts";
import type { LedgerLine } from "./ledger.ts";
import type { ClientOrder, ClientReport } from "./ledger_client.ts";
import type { RunningProcess } from "./running_process.ts";

const nothing: ClientReport = {
  atMs: 0,
  submitted: 0,
  acked: 0,
  delivered: 0,
  duplicates: 0,
  wrong: 0,
  byNode: {},
};

/** The words that run a client of `ledger_client.ts`, after those that run a script. */
export function ledgerClientWords(order: ClientOrder): string[] {
  return [`${root}/tests/harness/ledger_client.ts`, JSON.stringify(order)];
}

/** A client of `ledger_client.ts` that was started. */
export class LedgerProcess {
  readonly process: RunningProcess;
  readonly #path: string;
  #readChars = 0;
  #last = nothing;

  /** @param path File that its jobs write to. */
  constructor(process: RunningProcess, path: string) {
    this.process = process;
    this.#path = path;
  }

  /** What it said last. */
  get report(): ClientReport {
    const end = this.process.stdout.lastIndexOf("\n");
    if (end < this.#readChars) return this.#last;
    const start = this.process.stdout.lastIndexOf("\n", end - 1) + 1;
    this.#last = JSON.parse(this.process.stdout.slice(start, end)) as ClientReport;
    this.#readChars = end + 1;
    return this.#last;
  }

  /** Waits until its last report is so. */
  async until(
    what: string,
    holds: (report: ClientReport) => boolean,
    deadlineMs: number,
  ): Promise<void> {
    await this.process.until(what, () => holds(this.report), deadlineMs);
  }

  /** Has it submit no more. */
  finish(): void {
    this.process.write("finish\n");
  }

  /** What became of its jobs, as far as it has heard. */
  ledger(maxRecoveryMs: number): LedgerLine {
    const { submitted, acked, delivered, duplicates, wrong, staleRejected = 0 } = this.report;
    const { executions, ended } = readAttempts(this.#path);
    // A result that no attempt has given was made up.
    const madeUp = Math.max(0, delivered - ended.size);
    return {
      submitted,
      acked,
      delivered,
      duplicates,
      lost: submitted - delivered,
      wrong: wrong + madeUp,
      executions,
      staleRejected,
      maxRecoveryMs,
    };
  }
}
