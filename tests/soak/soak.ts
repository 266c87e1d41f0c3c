import { setTimeout } from "node:timers/promises";
import { createRng } from "../../lib/core/shared/rng.ts";
import type { LedgerLine } from "../harness/ledger.ts";
import type { LedgerProcess } from "../harness/ledger_process.ts";
import type { Runner } from "../harness/runners.ts";
import { type Growth, growthSince, type Sample, sampleOf, sampleOfChildren } from "./samples.ts";
import { type Daemon, SoakBed } from "./soak_bed.ts";

/** What a run is to do. */
export type SoakOptions = {
  readonly minutes: number;
  /** Kills follow from it. */
  readonly seed: number;
  /** Told in one line what goes on. */
  readonly say: (line: string) => void;
};

/** What came of a run. */
export type SoakResult = {
  readonly line: LedgerLine;
  readonly kills: number;
  /** By process; those that were not killed in the later half. */
  readonly growths: ReadonlyMap<string, Growth>;
};

/** A million in half an hour. */
const jobsPerMinute = 1e6 / 30;
const order = { window: 4096, workMs: 0, bigEvery: 1000, bigBytes: 1024 * 1024, reportMs: 250 };
/** Nothing may take longer to go on again. */
const patienceMs = 120_000;
const sampleMs = 1000;
/** Mean time between two kills, for each minute that the run takes; and its bounds. */
const killMsPerMinute = 1000;
const minKillMs = 2500;
const maxKillMs = 30_000;
const maxDeadMs = 3000;
const msPerMinute = 60_000;

/** Daemons and a client on loopback; daemons are killed at random while jobs pass through, for as long as it is told. */
export async function soak(runner: Runner, options: SoakOptions): Promise<SoakResult> {
  await using bed = new SoakBed(runner);
  const run = new Soak(bed, options);
  return await run.toItsEnd();
}

class Soak {
  readonly #bed: SoakBed;
  readonly #options: SoakOptions;
  readonly #rng: ReturnType<typeof createRng>;
  readonly #samples = new Map<string, Sample[]>();
  readonly #daemons = new Map<string, Daemon>();
  readonly #startedMs = performance.now();
  #kills = 0;
  #maxRecoveryMs = 0;
  readonly #over = new AbortController();

  constructor(bed: SoakBed, options: SoakOptions) {
    this.#bed = bed;
    this.#options = options;
    this.#rng = createRng(options.seed);
  }

  async toItsEnd(): Promise<SoakResult> {
    const { minutes } = this.#options;
    for (const name of ["n1", "n2", "n3"]) {
      this.#daemons.set(name, await this.#bed.soakNode(name));
    }
    const nodes = [...this.#daemons.values()].map(({ address }) => address);
    const scheduler = await this.#bed.soakScheduler(nodes);
    this.#daemons.set("scheduler", scheduler);
    const jobs = Math.round(jobsPerMinute * minutes);
    const ledger = `${this.#bed.folder}/attempts`;
    const perSecond = jobs / (minutes * 60);
    const client = this.#bed.soakClient({
      ...order,
      scheduler: scheduler.address,
      ledger,
      jobs,
      perSecond,
    });
    const sampling = setInterval(() => this.#sample(client), sampleMs);
    const disturbing = this.#disturb(client, nodes);
    disturbing.catch(() => {});
    try {
      await Promise.race([this.#wait(client), disturbing.then(() => new Promise(() => {}))]);
    } finally {
      clearInterval(sampling);
      this.#over.abort();
      await disturbing.catch(() => {});
      await this.#stop(client);
    }
    const line = client.ledger(this.#maxRecoveryMs);
    return { line, kills: this.#kills, growths: this.#growths() };
  }

  /** Until all jobs have their results; throws when nothing comes any more. */
  async #wait(client: LedgerProcess): Promise<void> {
    let ended = false;
    void client.process.ended().finally(() => ended = true).catch(() => {});
    for (let delivered = -1; !ended;) {
      const before = delivered;
      await client.process.until(
        "results come",
        () => ended || client.report.delivered > before,
        patienceMs,
      );
      delivered = client.report.delivered;
      await setTimeout(sampleMs);
    }
    const { code, stderr } = await client.process.ended();
    if (code !== 0) throw new Error(`The client has ended with ${code}:\n${stderr}`);
  }

  /** Kills daemons and starts them again. The third node lives all the time, and the scheduler in the later half. */
  async #disturb(client: LedgerProcess, nodes: readonly string[]): Promise<void> {
    const { minutes, say } = this.#options;
    const meanMs = Math.min(maxKillMs, Math.max(minKillMs, minutes * killMsPerMinute));
    const { signal } = this.#over;
    while (!signal.aborted) {
      await setTimeout(meanMs * (0.5 + this.#rng()), undefined, { signal }).catch(() => {});
      const isEarly = performance.now() < this.#halfMs;
      const names = isEarly ? ["n1", "n2", "n1", "n2", "scheduler"] : ["n1", "n2"];
      const name = names[Math.floor(this.#rng() * names.length)] ?? "n1";
      const deadMs = this.#rng() * maxDeadMs;
      const daemon = this.#daemons.get(name);
      if (daemon === undefined || signal.aborted) return;
      await this.#restart(daemon, deadMs, client, nodes);
      const { delivered } = client.report;
      say(`killed ${name} for ${Math.round(deadMs)} ms, ${delivered} results so far`);
    }
  }

  async #restart(
    { name, address, process }: Daemon,
    deadMs: number,
    client: LedgerProcess,
    nodes: readonly string[],
  ): Promise<void> {
    process.kill("SIGKILL");
    await process.ended();
    this.#kills += 1;
    await setTimeout(deadMs);
    const given = (): number =>
      name === "scheduler" ? client.report.delivered : client.report.byNode[name] ?? 0;
    const before = given();
    const startedMs = performance.now();
    const daemon = name === "scheduler"
      ? await this.#bed.soakScheduler(nodes, address)
      : await this.#bed.soakNode(name, address);
    this.#daemons.set(name, daemon);
    const isBack = (): boolean => given() > before || client.process.family.length === 0;
    await client.process.until(`${name} works again`, isBack, patienceMs);
    if (given() === before) return;
    this.#maxRecoveryMs = Math.max(this.#maxRecoveryMs, performance.now() - startedMs);
  }

  get #halfMs(): number {
    return this.#startedMs + this.#options.minutes * msPerMinute / 2;
  }

  #sample(client: LedgerProcess): void {
    this.#keep("client", sampleOf(client.process.pid));
    for (const name of ["scheduler", "n3"]) {
      const daemon = this.#daemons.get(name);
      if (daemon === undefined) continue;
      this.#keep(name, sampleOf(daemon.process.pid));
      if (name === "n3") this.#keep("executors of n3", sampleOfChildren(daemon.process.pid));
    }
  }

  #keep(name: string, sample: Sample | undefined): void {
    if (sample === undefined) return;
    const samples = this.#samples.get(name) ?? [];
    samples.push(sample);
    this.#samples.set(name, samples);
  }

  #growths(): Map<string, Growth> {
    const growths = new Map<string, Growth>();
    for (const [name, samples] of this.#samples) {
      const growth = growthSince(samples, this.#halfMs);
      if (growth !== undefined) growths.set(name, growth);
    }
    return growths;
  }

  /** Ends what is left in order. */
  async #stop(client: LedgerProcess): Promise<void> {
    const processes = [...this.#daemons.values()].map(({ process }) => process).reverse();
    for (const process of [client.process, ...processes]) {
      if (process.family.length > 0) process.kill("SIGTERM");
      await process.ended();
    }
  }
}
