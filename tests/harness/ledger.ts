import { appendFileSync, existsSync, readFileSync } from "node:fs";
import process from "node:process";

/** What is known of a run that was disturbed, and whether a promise was broken. */
export type LedgerLine = {
  readonly submitted: number;
  /** Of which the program was told that they are kept. */
  readonly acked: number;
  readonly delivered: number;
  /** Results that the program got once more. */
  readonly duplicates: number;
  /** Acknowledged, and without a result. */
  readonly lost: number;
  readonly wrong: number;
  readonly executions: number;
  /** What nodes said of leases that were not theirs any more. */
  readonly staleRejected: number;
  readonly maxRecoveryMs: number;
};

/** A start of a job, as the job itself has written it down. */
export type Execution = { readonly job: number; readonly pid: number; readonly ended: boolean };

/**
 * A ledger outside the system that is tested: jobs and programs add lines to files, which no crash of theirs takes back.
 * Jobs are known by a number from 0.
 */
export class Ledger {
  readonly #folder: string;

  /** @param folder Where its files are, for all who write and read it. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The program is about to hand the job over. */
  submitted(job: number): void {
    this.#add("submitted", job);
  }

  /** The program was told that the job is kept. */
  acked(job: number): void {
    this.#add("acked", job);
  }

  /** The program has got the job's result. */
  delivered(job: number, result: unknown): void {
    this.#add("delivered", job, JSON.stringify(result) ?? "undefined");
  }

  /** Jobs of which a program was told that they are kept. */
  get acks(): ReadonlySet<number> {
    return new Set(this.#read("acked").map(([job]) => Number(job)));
  }

  /** Jobs of which a program has got the result. */
  get deliveries(): ReadonlySet<number> {
    return new Set(this.#read("delivered").map(([job]) => Number(job)));
  }

  /** All starts so far, oldest first. Jobs write them by {@link noteExecution}. */
  get executions(): Execution[] {
    const lines = this.#read("executions");
    const ended = new Set(
      lines.filter(([, , what]) => what === "end").map(([job, pid]) => `${job} ${pid}`),
    );
    return lines.filter(([, , what]) => what === "start").map(([job, pid]) => ({
      job: Number(job),
      pid: Number(pid),
      ended: ended.has(`${job} ${pid}`),
    }));
  }

  /** The books are closed. */
  judge(
    resultOf: (job: number) => unknown,
    rest: Pick<LedgerLine, "staleRejected" | "maxRecoveryMs">,
  ): LedgerLine {
    const { acks: acked } = this;
    const deliveries = this.#read("delivered");
    const delivered = this.deliveries;
    const isWrong = ([job, ...words]: readonly string[]): boolean =>
      words.join(" ") !== JSON.stringify(resultOf(Number(job)));
    return {
      submitted: new Set(this.#read("submitted").map(([job]) => job)).size,
      // What has a result was kept.
      acked: acked.union(delivered).size,
      delivered: delivered.size,
      duplicates: deliveries.length - delivered.size,
      lost: [...acked].filter((job) => !delivered.has(job)).length,
      wrong: deliveries.filter(isWrong).length,
      executions: this.executions.length,
      ...rest,
    };
  }

  #add(file: string, ...words: readonly (string | number)[]): void {
    appendFileSync(`${this.#folder}/${file}`, `${words.join(" ")}\n`);
  }

  #read(file: string): string[][] {
    const path = `${this.#folder}/${file}`;
    if (!existsSync(path)) return [];
    const text = readFileSync(path, "utf8");
    // The end of a line that is just being written is missing.
    return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").slice(0, -1)
      .map((line) => line.split(" "));
  }
}

/** Of jobs, which have no need of the rest: one of them has begun, or is about to end. */
export function noteExecution(folder: string, job: number, what: "start" | "end"): void {
  appendFileSync(`${folder}/executions`, `${job} ${process.pid} ${what}\n`);
}

/** Of several runs together. */
export function sumOfLedgers(lines: readonly LedgerLine[]): LedgerLine {
  const sum = (of: (line: LedgerLine) => number): number =>
    lines.reduce((total, line) => total + of(line), 0);
  return {
    submitted: sum(({ submitted }) => submitted),
    acked: sum(({ acked }) => acked),
    delivered: sum(({ delivered }) => delivered),
    duplicates: sum(({ duplicates }) => duplicates),
    lost: sum(({ lost }) => lost),
    wrong: sum(({ wrong }) => wrong),
    executions: sum(({ executions }) => executions),
    staleRejected: sum(({ staleRejected }) => staleRejected),
    maxRecoveryMs: Math.max(0, ...lines.map(({ maxRecoveryMs }) => maxRecoveryMs)),
  };
}

/** Whether the promise was kept. */
export function isGoodLedger(line: LedgerLine): boolean {
  const { submitted, acked, delivered, duplicates, lost, wrong } = line;
  return submitted > 0 && delivered === acked && duplicates + lost + wrong === 0;
}

/** The line of figures. */
export function ledgerText(line: LedgerLine): string {
  return `submitted=${line.submitted} acked=${line.acked} delivered=${line.delivered} ` +
    `duplicates=${line.duplicates} lost=${line.lost} wrong=${line.wrong} ` +
    `executions=${line.executions} stale_rejected=${line.staleRejected} ` +
    `max_recovery_ms=${Math.round(line.maxRecoveryMs)}`;
}
