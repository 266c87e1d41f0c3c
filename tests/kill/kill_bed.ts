import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { root } from "../../scripts/files.ts";
import { Ledger } from "../harness/ledger.ts";
import { NodeBed } from "../harness/node_bed.ts";
import { childrenOf } from "../harness/proc_stats.ts";
import type { RunningProcess } from "../harness/running_process.ts";
import type { Runner } from "../harness/runners.ts";
import { holder } from "./work.ts";

/** Those that are started: the executors are children of the nodes. */
export type Party = "client" | "scheduler" | "a" | "b";

const deadlineMs = 60_000;
/** Nodes that are silent for so long have lost their jobs: a test has no time for the default. */
const lostAfter = "1s";

/** A scheduler, two nodes and a client, each of which can be had to stand still somewhere, killed, and started again. */
export class KillBed extends NodeBed {
  readonly ledger = new Ledger(this.folder);
  readonly #runner: Runner;
  readonly #running = new Map<Party, RunningProcess>();
  /** Where they listen, once it is known. */
  readonly #ports = new Map<Party, string>();
  /** What ended ones have written. */
  #log = "";

  constructor(runner: Runner) {
    super(runner);
    this.#runner = runner;
    this.shut("holder");
  }

  /** Starts a party, for the first time or again. */
  async launch(party: Party): Promise<void> {
    const port = this.#ports.get(party) ?? "0";
    switch (party) {
      case "client":
        this.#keep(party, this.#client(this.#log.includes("[client]") ? "heir" : "first"));
        return;
      case "scheduler": {
        const nodes = ["a", "b"].map((node) => `127.0.0.1:${this.#ports.get(node as Party)}`);
        const flags = ["--nodes", nodes.join(","), "--journal", `${this.folder}/journal`];
        const more = ["--lost-after", lostAfter, "--log-level", "debug"];
        return await this.#daemon(party, port, ["scheduler", ...flags, ...more], / listens on /);
      }
      case "a":
      case "b":
        return await this.#daemon(party, port, ["node", "--cpus", "2"], / slots on /);
    }
  }

  /** The process of a party. */
  of(party: Party): RunningProcess {
    const process = this.#running.get(party);
    if (process === undefined) throw new Error(`Cannot use ${party}: it was not started`);
    return process;
  }

  /** Waits for the end of a party, and gives its exit code. */
  async end(party: Party): Promise<number | undefined> {
    const { code, stdout, stderr } = await this.of(party).ended();
    this.#log += `[${party}]\n${stdout}${stderr}`;
    this.#running.delete(party);
    return code;
  }

  /** Ends all that is left, after a failure. */
  async killAll(): Promise<void> {
    for (const party of [...this.#running.keys()]) {
      const { family } = this.of(party);
      for (const pid of family) killQuietly(pid);
      await this.end(party).catch(() => undefined);
    }
  }

  /** All that was written so far. */
  get log(): string {
    const living = [...this.#running].map(([party, { stdout, stderr }]) =>
      `[${party}]\n${stdout}${stderr}`
    );
    return this.#log + living.join("");
  }

  /** Has a party stand still when it comes to a place. */
  arm(party: Party, place: string): () => boolean {
    writeFileSync(`${this.#places(party)}/${place}.armed`, "");
    return () => existsSync(`${this.#places(party)}/${place}.hit`);
  }

  /** Lets all go on that stand still. */
  release(): void {
    for (const party of ["client", "scheduler", "a", "b"] as const) {
      const folder = this.#places(party);
      for (const file of readdirSync(folder)) {
        if (file.endsWith(".hit")) rmSync(`${folder}/${file}`, { force: true });
      }
    }
  }

  /** Has jobs wait for {@link open}. */
  shut(gate: "gate" | "holder"): void {
    writeFileSync(`${this.folder}/${gate}.shut`, "");
  }

  /** Ends {@link shut}. */
  open(gate: "gate" | "holder"): void {
    rmSync(`${this.folder}/${gate}.shut`, { force: true });
  }

  /** Has the client submit the rest of the jobs. */
  go(): void {
    writeFileSync(`${this.folder}/go`, "");
  }

  /** The node that runs the job that keeps an executor busy. */
  get heldNode(): "a" | "b" {
    const pid = this.ledger.executions.findLast(({ job }) => job === holder)?.pid ?? -1;
    return childrenOf(this.of("a").pid).includes(pid) ? "a" : "b";
  }

  /** An executor of a node: one that runs a job that waits, or one that does not run the holder. */
  executorOf(node: "a" | "b"): number | undefined {
    const children = childrenOf(this.of(node).pid);
    const open = this.ledger.executions.filter(({ ended, pid }) =>
      !ended && children.includes(pid)
    );
    const waiting = open.find(({ job }) => job !== holder)?.pid;
    return waiting ?? children.find((pid) => open.every((execution) => execution.pid !== pid));
  }

  /** Waits until something holds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!holds()) {
      if (performance.now() > deadline) {
        throw new Error(`Waited in vain until ${what}\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #client(role: "first" | "heir"): RunningProcess {
    const command = [...this.#runner.command.slice(0, -1), `${root}/tests/kill/client.ts`];
    const args = [this.folder, this.#ports.get("scheduler") ?? "", role];
    return this.spawn([...command, ...args], { env: this.#env("client"), deadlineMs });
  }

  async #daemon(party: Party, port: string, args: readonly string[], ready: RegExp): Promise<void> {
    const where = ["--host", "127.0.0.1", "--port", port, "--name", party];
    const env = this.#env(party);
    const started = this.start([...args, ...where], { env, stdin: null, deadlineMs });
    this.#keep(party, started);
    await started.until("it listens", () => ready.test(started.stderr));
    this.#ports.set(party, /127\.0\.0\.1:(\d+)/.exec(started.stderr)?.[1] ?? "");
  }

  #keep(party: Party, process: RunningProcess): void {
    this.#running.set(party, process);
  }

  #env(party: Party): Record<string, string> {
    return { ...this.env, MUSTER_FAILPOINTS: this.#places(party) };
  }

  #places(party: Party): string {
    const folder = `${this.folder}/at-${party}`;
    mkdirSync(folder, { recursive: true });
    return folder;
  }
}

/** What has ended by itself is as good. */
function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}
