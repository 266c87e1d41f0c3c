import { createRng } from "../../../lib/core/shared/rng.ts";
import type { SchedulerState } from "../../../lib/core/scheduler/state.ts";
import { TraceHash } from "../trace_hash.ts";
import { demand, Violation } from "../violation.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { ClientProcess } from "./client_process.ts";
import { Faults } from "./faults.ts";
import { NodeProcess } from "./node_process.ts";
import { drawWorld, type WorldOptions } from "./options.ts";
import { SchedulerProcess } from "./scheduler_process.ts";
import { drawAttempt, drawClientJobs } from "./workload.ts";
import type { World } from "./world.ts";
import { WorldLedger } from "./world_ledger.ts";

/** A run that goes on for longer than this after the faults have stopped will never end. */
const patienceMs = 300_000;
/** Steps a run may take for each job. */
const maxStepsPerJob = 5000;

/** What a run has shown. */
export type ClusterReport = {
  readonly seed: number;
  readonly steps: number;
  readonly jobs: number;
  readonly submitted: number;
  readonly acked: number;
  readonly delivered: number;
  readonly executions: number;
  readonly staleRejected: number;
  readonly maxRecoveryMs: number;
  /** Virtual time at the end. */
  readonly endMs: number;
  /** Equal for equal runs. */
  readonly traceHash: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly violation: Violation | undefined;
};

/** The three real machines in a world of simulated time, connections, disks and owners; all of it follows from the seed. */
export class ClusterSimulation {
  readonly #options: WorldOptions;
  readonly #clock = new VirtualClock();
  readonly #hash = new TraceHash();
  readonly #ledger: WorldLedger;
  readonly #world: World;
  readonly #scheduler: SchedulerProcess;
  readonly #nodes: readonly NodeProcess[];
  readonly #clients: readonly ClientProcess[];
  readonly #faults: Faults;
  readonly #jobs: number;
  #steps = 0;

  /** @param print Is given a line for every event and effect; none by default. */
  constructor(options: WorldOptions, print?: (line: string) => void) {
    this.#options = options;
    const random = createRng(options.seed + 1);
    const jobs = options.clients.map((count, client) =>
      drawClientJobs(client, count, options, random)
    );
    this.#jobs = jobs.flat().length;
    this.#ledger = new WorldLedger(jobs.flat(), {
      hasFaults: options.meanBetweenFaultsMs < Infinity || options.lossRate + options.flapRate > 0,
      wasPaused: (name) => this.#nodes.some((node) => node.name === name && node.wasPaused),
      drawAttempt: (job) => drawAttempt(job, options, random, this.#clock.nowMs),
    });
    this.#world = {
      clock: this.#clock,
      random,
      options,
      ledger: this.#ledger,
      noteStep: (process, events) => this.#noteStep(process, events, print),
      noteEffect: (process, effect) => this.#noteEffect(process, effect, print),
    };
    this.#scheduler = new SchedulerProcess(this.#world);
    this.#nodes = options.nodes.map((slots, index) =>
      new NodeProcess(this.#world, this.#scheduler, `n${index}`, slots)
    );
    this.#clients = jobs.map((own, index) =>
      new ClientProcess(this.#world, this.#scheduler, `c${index}`, own)
    );
    this.#faults = new Faults(this.#world, this.#scheduler, this.#nodes, this.#clients, print);
  }

  /** Runs to the end, or to the first broken promise. */
  run(): ClusterReport {
    const violation = this.#violation();
    const ledger = this.#ledger;
    return {
      seed: this.#options.seed,
      steps: this.#steps,
      jobs: this.#jobs,
      ...ledger.sums,
      executions: ledger.executions,
      staleRejected: this.#scheduler.stale + this.#scheduler.state.counts.stale,
      maxRecoveryMs: this.#faults.maxRecoveryMs,
      endMs: this.#clock.nowMs,
      traceHash: this.#hash.hex,
      counts: ledger.counts,
      violation,
    };
  }

  #violation(): Violation | undefined {
    try {
      this.#scheduler.begin();
      for (const node of this.#nodes) node.begin();
      for (const client of this.#clients) {
        client.plan();
        client.begin();
      }
      this.#faults.plan();
      const endMs = this.#options.faultsEndMs + patienceMs;
      while (this.#clock.nowMs < endMs && this.#clock.runNext());
      this.#checkEnd();
      return undefined;
    } catch (error) {
      if (error instanceof Violation) return error;
      // Thrown by the invariants, or by a machine itself.
      return new Violation("invariant", error instanceof Error ? error.message : String(error));
    }
  }

  #noteStep(process: string, events: readonly unknown[], print?: (line: string) => void): void {
    this.#steps += 1;
    if (this.#steps > maxStepsPerJob * this.#jobs) {
      throw new Violation("stuck", `${this.#steps} steps, and no end`);
    }
    this.#hash.text(process);
    this.#hash.word(events.length);
    this.#hash.double(this.#clock.nowMs);
    if (print === undefined) return;
    for (const event of events) print(this.#line(process, "<-", event));
  }

  #noteEffect(
    process: string,
    effect: { readonly type: string },
    print?: (line: string) => void,
  ): void {
    this.#hash.text(effect.type);
    print?.(this.#line(process, "->", effect));
  }

  #line(process: string, way: string, what: unknown): string {
    return `${this.#clock.nowMs.toFixed(3)} ${process} ${way} ${JSON.stringify(what)}`;
  }

  /** When nothing happens any more, nothing may be left over. */
  #checkEnd(): void {
    const { open } = this.#ledger;
    if (open.length > 0) {
      const { jobs } = this.#scheduler.state;
      const phases = open.map((id) => `${id} ${jobs.get(id)?.phase.kind ?? "unknown"}`);
      throw new Violation("stuck", `${open.length} jobs have no answer: ${phases.join(", ")}`);
    }
    for (const { name, done } of this.#clients) demand(done, () => `${name} is not done`);
    checkEmpty(this.#scheduler.state);
    for (const node of this.#nodes) {
      const { held, outbox } = node.state;
      demand(held.size === 0, () => `${node.name} holds what nobody waits for`);
      demand(outbox.size === 0, () => `${node.name} has ends that nobody acknowledged`);
      demand(!node.isBusy, () => `${node.name} runs what nobody waits for`);
    }
  }
}

function checkEmpty({ jobs, clusters, queued, leased, keptCount }: SchedulerState): void {
  demand(jobs.size + clusters.size === 0, () => `${jobs.size} jobs and a cluster are left`);
  demand(queued + leased + keptCount === 0, () => `${queued} ${leased} ${keptCount} are left`);
}

/** One run, all of it drawn from its seed. */
export function simulateCluster(seed: number, print?: (line: string) => void): ClusterReport {
  return new ClusterSimulation(drawWorld(seed), print).run();
}
