import type { Lease, LocalEffect } from "../../lib/core/scheduler/effects.ts";
import type { LocalEvent } from "../../lib/core/scheduler/events.ts";
import { checkInvariants } from "../../lib/core/scheduler/invariants.ts";
import { nextWakeMs, step } from "../../lib/core/scheduler/machine.ts";
import { createSchedulerState, type SchedulerState } from "../../lib/core/scheduler/state.ts";
import { createRng } from "../../lib/core/shared/rng.ts";
import type { NodeId } from "../../lib/proto/ids.ts";
import { type Counts, expectedValue, Ledger, type Result } from "./ledger.ts";
import { IdleWatch } from "./idle_watch.ts";
import { drawOptions, type SimOptions } from "./options.ts";
import { type SimLink, SimNetwork } from "./sim_network.ts";
import type { Execution, NodeWorld } from "./sim_node.ts";
import { traceEffect, traceEvent } from "./trace.ts";
import { TraceHash } from "./trace_hash.ts";
import { demand, Violation } from "./violation.ts";
import { VirtualClock } from "./virtual_clock.ts";
import { drawJobs, drawRun, type SimJob } from "./workload.ts";

/** A run that goes on for longer than this after the faults have stopped will never end. */
const patienceMs = 600_000;
/** Steps a run may take for each job: retries, losses and retractions are bounded, so steps are. */
const maxStepsPerJob = 2000;
/** Rounding of sums of times. */
const roundingMs = 1e-3;

/** What a run has shown. */
export type SimReport = {
  readonly seed: number;
  readonly steps: number;
  readonly events: number;
  readonly jobs: number;
  readonly executions: number;
  /** Virtual time at the end. */
  readonly endMs: number;
  /** Equal for equal runs. */
  readonly traceHash: string;
  readonly counts: Counts;
  readonly violation: Violation | undefined;
  /** Jobs that have not ended though all had the time to. */
  readonly lost: number;
};

/** The real scheduler in a world of simulated time, nodes and owners; everything in it follows from the seed. */
export class Simulation {
  readonly #options: SimOptions;
  readonly #random: () => number;
  readonly #clock = new VirtualClock();
  readonly #state: SchedulerState;
  readonly #jobs: readonly SimJob[];
  readonly #ledger: Ledger;
  readonly #idleWatch: IdleWatch;
  readonly #network: SimNetwork;
  readonly #hash = new TraceHash();
  readonly #print: ((line: string) => void) | undefined;
  #inbox: LocalEvent[] = [];
  #stepPlanned = false;
  #wakeAtMs = Infinity;
  #steps = 0;
  #events = 0;

  /**
   * @param options How the run is; see {@link drawOptions}.
   * @param print Is given a line for every event and effect; none by default.
   */
  constructor(options: SimOptions, print?: (line: string) => void) {
    this.#options = options;
    this.#print = print;
    this.#random = createRng(options.seed + 1);
    this.#state = createSchedulerState({ seed: options.seed, prefetch: options.prefetch });
    this.#jobs = drawJobs(options, this.#random);
    this.#ledger = new Ledger(this.#jobs);
    const maxWaitMs = options.prefetch.stallMs + options.maxTimerLateMs + roundingMs;
    this.#idleWatch = new IdleWatch(this.#state, maxWaitMs);
    this.#network = new SimNetwork(this.#world());
  }

  /** Runs to the end, or to the first broken promise. */
  run(): SimReport {
    const violation = this.#violation();
    return {
      seed: this.#options.seed,
      steps: this.#steps,
      events: this.#events,
      jobs: this.#jobs.length,
      executions: this.#ledger.executions,
      endMs: this.#clock.nowMs,
      traceHash: this.#hash.hex,
      counts: this.#ledger.counts,
      violation,
      lost: violation?.kind === "stuck" ? this.#ledger.unsettled : 0,
    };
  }

  #violation(): Violation | undefined {
    try {
      this.#network.start();
      for (const job of this.#jobs) this.#planOwner(job);
      const endMs = this.#options.faultsEndMs + patienceMs;
      while (this.#clock.nowMs < endMs && this.#clock.runNext());
      this.#checkEnd();
      return undefined;
    } catch (error) {
      if (error instanceof Violation) return error;
      // Thrown by the invariants, or by the scheduler itself.
      return new Violation("invariant", error instanceof Error ? error.message : String(error));
    }
  }

  /** What a job's owner does: submits it, perhaps again, perhaps gives it up. */
  #planOwner({ id, policy, submitMs, cancelMs, withdrawMs, resubmitMs }: SimJob): void {
    const submit = { type: "submit", job: id, policy } as const;
    this.#clock.at(submitMs, () => this.#tell(submit));
    if (cancelMs !== undefined) {
      this.#clock.at(cancelMs, () => this.#tell({ type: "cancel", job: id }));
    }
    if (withdrawMs !== undefined) {
      this.#clock.at(withdrawMs, () => this.#tell({ type: "withdraw", job: id }));
    }
    if (resubmitMs === undefined) return;
    this.#clock.at(resubmitMs, () => {
      if (this.#ledger.isSettled(id)) return;
      this.#tell(submit);
      // An owner repeats a submit only before it has heard of the end: put before all that may end the job.
      const repeated = this.#inbox.pop();
      if (repeated !== undefined) this.#inbox.unshift(repeated);
    });
  }

  #world(): NodeWorld {
    return {
      clock: this.#clock,
      random: this.#random,
      options: this.#options,
      deliver: (event) => this.#tell(event),
      begin: (_node, held) => this.#begin(held),
      ended: (execution, intact) => this.#checkLimit(execution, intact),
      resultOf: ({ job, lease }): Result => ({ job, lease, value: expectedValue(job) }),
    };
  }

  #begin(held: Lease): ReturnType<NodeWorld["begin"]> {
    this.#ledger.began(held);
    return drawRun(this.#ledger.job(held.job), this.#options, this.#random, this.#clock.nowMs);
  }

  /** A time limit must have stopped an attempt by now, if the scheduler could reach its node all the time. */
  #checkLimit({ held, startedAtMs }: Execution, intact: boolean): void {
    const { timeoutMs } = this.#ledger.job(held.job).policy;
    if (timeoutMs === undefined || !intact) return;
    const { noticeMs, maxLatencyMs, maxBatchMs, maxTimerLateMs, maxKillMs } = this.#options;
    // The start is told late, or the timer fires late; then one way, a step, the way back, and the killing.
    const slackMs = Math.max(noticeMs - timeoutMs, 0) + maxTimerLateMs + 2 * maxLatencyMs +
      maxBatchMs + maxKillMs + roundingMs;
    const ranMs = this.#clock.nowMs - startedAtMs;
    demand(
      ranMs <= timeoutMs + slackMs,
      () => `${held.job}#${held.lease} ran ${ranMs} ms with a limit of ${timeoutMs}`,
    );
  }

  #tell(event: LocalEvent): void {
    this.#inbox.push(event);
    if (this.#stepPlanned) return;
    this.#stepPlanned = true;
    const delayMs = this.#random() * this.#options.maxBatchMs;
    this.#clock.at(this.#clock.nowMs + delayMs, () => this.#step());
  }

  #step(): void {
    this.#stepPlanned = false;
    const events = this.#inbox;
    this.#inbox = [];
    const { nowMs } = this.#clock;
    this.#steps += 1;
    this.#events += events.length;
    if (this.#steps > maxStepsPerJob * this.#jobs.length) {
      throw new Violation("stuck", `${this.#steps} steps, and no end`);
    }
    this.#hash.double(nowMs);
    for (const event of events) this.#noteEvent(event);
    this.#idleWatch.before(events, nowMs);
    const effects = step(this.#state, events, nowMs);
    for (const effect of effects) this.#perform(effect);
    checkInvariants(this.#state);
    this.#idleWatch.after(nowMs);
    this.#planWake();
  }

  #noteEvent(event: LocalEvent): void {
    this.#ledger.told(event);
    traceEvent(this.#hash, event);
    this.#print?.(`${this.#clock.nowMs} <- ${JSON.stringify(event)}`);
  }

  #perform(effect: LocalEffect): void {
    this.#ledger.wants(effect, this.#clock.nowMs);
    traceEffect(this.#hash, effect);
    this.#print?.(`${this.#clock.nowMs} -> ${JSON.stringify(effect)}`);
    this.#network.perform(effect);
  }

  /** Sets the one timer of the scheduler, as a shell does. */
  #planWake(): void {
    const { nowMs } = this.#clock;
    const wakeMs = nextWakeMs(this.#state) ?? Infinity;
    // A time that has passed would be asked for again and again: a busy loop.
    demand(wakeMs > nowMs, () => `the scheduler wants to be woken at ${wakeMs} and it is ${nowMs}`);
    if (wakeMs === this.#wakeAtMs) return;
    this.#wakeAtMs = wakeMs;
    if (wakeMs === Infinity) return;
    this.#clock.at(wakeMs + this.#random() * this.#options.maxTimerLateMs, () => {
      if (this.#wakeAtMs !== wakeMs) return;
      this.#wakeAtMs = Infinity;
      this.#step();
    });
  }

  /** When nothing happens any more, nothing may be left over. */
  #checkEnd(): void {
    const { unsettled, unsettledIds } = this.#ledger;
    if (unsettled > 0) {
      const phases = unsettledIds.map((id) => `${id} ${this.#state.jobs.get(id)?.phase.kind}`);
      throw new Violation("stuck", `${unsettled} jobs have not ended: ${phases.join(", ")}`);
    }
    const { jobs, nodes, queued, delayed, deadlines } = this.#state;
    demand(jobs.size === 0 && queued === 0, () => "jobs are left that have ended");
    demand(delayed.size + deadlines.size === 0, () => "times are left that have passed");
    demand(nodes.size === this.#options.nodes.length, () => "nodes are missing");
    for (const link of this.#network.links) this.#checkIdle(link);
  }

  #checkIdle({ node }: SimLink): void {
    demand(!node.isBusy, () => `${node.id} still runs something nobody waits for`);
    const leases = this.#state.nodes.get(node.id as NodeId)?.leases.size ?? 0;
    demand(leases === 0, () => `${node.id} still holds ${leases} leases`);
  }
}

/** One run, all of it drawn from its seed. */
export function simulate(seed: number, print?: (line: string) => void): SimReport {
  return new Simulation(drawOptions(seed), print).run();
}
