import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { isGoodLedger, type LedgerLine } from "../harness/ledger.ts";
import { ledgerClientWords, LedgerProcess } from "../harness/ledger_process.ts";
import { NodeBed, stopNode } from "../harness/node_bed.ts";
import type { RunningProcess } from "../harness/running_process.ts";
import type { Runner } from "../harness/runners.ts";

/** What is done once the disk is full. */
export type Relief =
  /** The disk is made larger. */
  | "room"
  /** The scheduler is killed and started again on the full disk, which is made larger later. */
  | "kill, then room";

/** What was seen. */
export type FullSchedulerResult = {
  readonly line: LedgerLine;
  /** Jobs that were acknowledged before the disk was full. */
  readonly ackedWhenFull: number;
  /** What the client was told. */
  readonly told: string;
  /** What each start of the scheduler said. */
  readonly logs: readonly string[];
};

const jobs = 120;
const order = { window: jobs, workMs: 0, bigEvery: 1, bigBytes: 256 * 1024, jobs };
const smallMb = 12;
const largeMb = 400;
const patienceMs = 60_000;
const processMs = 240_000;

/** A scheduler whose journal is on a small disk gets jobs with large arguments until there is no room for more. */
export async function fillSchedulerDisk(
  runner: Runner,
  relief: Relief,
): Promise<FullSchedulerResult> {
  await using bed = new DiskBed(runner);
  const first = await bed.scheduler();
  const port = Number(/:(\d+)/.exec(first.stderr.split(" listens on ")[1] ?? "")?.[1]);
  const client = bed.client(port);
  const isStalled = (): boolean => /takes no jobs for now/.test(client.process.stderr);
  await client.process.until("the client is told", isStalled, patienceMs);
  const ackedWhenFull = client.report.acked;
  const schedulers = [first];
  if (relief === "kill, then room") {
    first.kill("SIGKILL");
    await first.ended();
    const second = bed.startScheduler(port);
    schedulers.push(second);
    // Some versions of SQLite cannot even open the journal then.
    const isFullAgain = (): boolean => isRefusing(second) || hasRefusedToStart(second);
    await second.until("it is full again", isFullAgain, patienceMs);
  }
  bed.resize(largeMb);
  if (schedulers.some(hasRefusedToStart)) schedulers.push(await bed.scheduler(port));
  const isKept = (): boolean => client.report.acked === jobs;
  await client.process.until("all jobs are kept", isKept, patienceMs);
  // Nothing could end before: there was no node.
  const { process: node } = await bed.node(["--cpus", "1", "--dial", `127.0.0.1:${port}`]);
  await client.process.ended();
  const line = client.ledger(0);
  await stopNode(node);
  const last = schedulers.at(-1);
  last?.kill("SIGTERM");
  await last?.ended();
  const logs = schedulers.map(({ stderr }) => stderr);
  return { line, ackedWhenFull, told: client.process.stderr, logs };
}

/** Whether it was as it must be: refused in words that say what to do, and nothing lost. */
export function isGoodRelief({ line, ackedWhenFull, told, logs }: FullSchedulerResult): boolean {
  const isTold = /takes no jobs for now: .*: free some space there; it goes on by itself/.test(
    told,
  );
  const isSaid = logs.slice(0, 2).every((log) =>
    / error .*: free some space there;.*no jobs are taken/.test(log) || wasRefused(log)
  );
  const isFull = ackedWhenFull > 0 && ackedWhenFull < jobs;
  return isTold && isSaid && isFull && line.submitted === jobs && isGoodLedger(line);
}

function isRefusing({ stderr }: RunningProcess): boolean {
  return /no jobs are taken/.test(stderr);
}

function hasRefusedToStart({ stderr }: RunningProcess): boolean {
  return wasRefused(stderr);
}

function wasRefused(log: string): boolean {
  return /^muster: Cannot open the journal .*: free some space there$/m.test(log);
}

/** A bed with a small disk in a mount namespace, which outlives the processes that use it. */
class DiskBed extends NodeBed {
  readonly #disk = `${this.folder}/disk`;
  readonly #keeper: RunningProcess;
  readonly #command: readonly string[];

  constructor(runner: Runner) {
    super(runner);
    this.#command = runner.command;
    mkdirSync(this.#disk);
    const mount = `mount -t tmpfs -o size=${smallMb}m none ${this.#disk}`;
    const script = `${mount} && echo mounted && exec sleep 600`;
    const options = { stdin: null, deadlineMs: processMs };
    this.#keeper = this.spawn(["unshare", "-m", "sh", "-ec", script], options);
  }

  client(port: number): LedgerProcess {
    const path = `${this.folder}/attempts`;
    const [script = "", ...words] = ledgerClientWords({
      ...order,
      scheduler: `127.0.0.1:${port}`,
      ledger: path,
    });
    const options = { env: this.env, stdin: null, deadlineMs: processMs };
    return new LedgerProcess(this.script(script, words, options), path);
  }

  /** Makes the disk larger. */
  resize(mb: number): void {
    const words = ["mount", "-o", `remount,size=${mb}m`, this.#disk];
    const { status, stderr } = spawnSync("nsenter", [...this.#inside, ...words]);
    if (status !== 0) throw new Error(`Cannot resize the disk: ${stderr}`);
  }

  get #inside(): string[] {
    return ["-t", String(this.#keeper.pid), "-m"];
  }

  async scheduler(port = 0): Promise<RunningProcess> {
    await this.#keeper.until("the disk is there", () => this.#keeper.stdout.includes("mounted"));
    const process = this.startScheduler(port);
    const listens = (): boolean => / listens on /.test(process.stderr);
    await process.until("the scheduler listens", listens, patienceMs);
    return process;
  }

  startScheduler(port: number): RunningProcess {
    const args = ["scheduler", "--host", "127.0.0.1", "--port", String(port), "--no-discover"];
    const command = [...this.#command, ...args, "--journal", `${this.#disk}/journal`];
    const words = ["nsenter", ...this.#inside, `--wd=${this.folder}`, ...command];
    return this.spawn(words, { env: this.env, stdin: null, deadlineMs: processMs });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#keeper.kill("SIGKILL");
    await this.#keeper.ended();
    await super[Symbol.asyncDispose]();
  }
}
