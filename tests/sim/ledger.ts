import type { Lease, LocalEffect } from "../../lib/core/scheduler/effects.ts";
import type { LocalEvent } from "../../lib/core/scheduler/events.ts";
import type { JobId, NodeId } from "../../lib/proto/ids.ts";
import type { Ending, Outcome } from "../../lib/proto/jobs.ts";
import { assertNever } from "../../lib/proto/states.ts";
import { demand, Violation } from "./violation.ts";
import type { SimJob } from "./workload.ts";

type EventOf<Type extends LocalEvent["type"]> = Extract<LocalEvent, { type: Type }>;
type EffectOf<Type extends LocalEffect["type"]> = Extract<LocalEffect, { type: Type }>;

/** What an attempt gives back: tells which attempt of which job made it, so that a wrong one is found out. */
export type Result = { readonly job: JobId; readonly lease: number; readonly value: number };

/** Rounding of differences of times. */
const roundingMs = 1e-6;

/** The right result of a job. */
export function expectedValue(job: JobId): number {
  return Number(job.slice(1)) * 2 + 1;
}

/** What is known of a job from outside, without a look at the scheduler's state. */
type Account = {
  readonly job: SimJob;
  submitted: boolean;
  cancelled: boolean;
  withdrawn: boolean;
  /** Whether it had been cancelled, or withdrawn, when its last lease ended or was lost. */
  cancelledBefore: boolean;
  withdrawnBefore: boolean;
  settled: Ending["status"] | undefined;
  /** Number of the lease given last. */
  lease: number;
  /** Who was given that lease. */
  node: NodeId | undefined;
  /** Who holds that lease now. */
  holder: NodeId | undefined;
  /** How the current lease ended, if it has. */
  outcome: Outcome | undefined;
  failures: number;
  losses: number;
  /** Leases given back, which do not count as attempts. */
  returned: number;
  /** The end of its backoff. */
  notBeforeMs: number;
  /** Leases that began to run. */
  executed: number[];
};

/** How often each thing happened, to show that the runs reach all of it. */
export type Counts = Map<string, number>;

/**
 * Keeps account of every job by what goes into the scheduler and what comes out, and holds it to its promises: each
 * job settles once, rightly, and with a reason that is true; one lease at a time; no attempt that must not be.
 */
export class Ledger {
  readonly #accounts = new Map<JobId, Account>();
  readonly counts: Counts = new Map();
  executions = 0;
  unsettled: number;

  constructor(jobs: readonly SimJob[]) {
    this.unsettled = jobs.length;
    for (const job of jobs) {
      this.#accounts.set(job.id, {
        job,
        submitted: false,
        cancelled: false,
        withdrawn: false,
        cancelledBefore: false,
        withdrawnBefore: false,
        settled: undefined,
        lease: 0,
        node: undefined,
        holder: undefined,
        outcome: undefined,
        failures: 0,
        losses: 0,
        returned: 0,
        notBeforeMs: 0,
        executed: [],
      });
    }
  }

  /** The job of that id. */
  job(id: JobId): SimJob {
    return this.#of(id).job;
  }

  /** Whether the job has come to its end. */
  isSettled(id: JobId): boolean {
    return this.#of(id).settled !== undefined;
  }

  /** Jobs that have not come to their end. */
  get unsettledIds(): JobId[] {
    const open = [...this.#accounts.values()].filter(({ settled }) => settled === undefined);
    return open.map(({ job }) => job.id);
  }

  /** An attempt begins on a node. */
  began({ job, lease }: Lease): void {
    this.executions += 1;
    const account = this.#of(job);
    demand(!account.executed.includes(lease), () => `${job}#${lease} began twice`);
    account.executed.push(lease);
    const allowed = 1 + account.failures + (account.job.policy.reentrant ? account.losses : 0);
    demand(account.executed.length <= allowed, () => `${job} began more often than it may`);
  }

  /** Something is told to the scheduler. */
  told(event: LocalEvent): void {
    switch (event.type) {
      case "submit":
        this.#count(this.#of(event.job).submitted ? "submitAgain" : "submit");
        this.#of(event.job).submitted = true;
        return;
      case "cancel":
        this.#count("cancel");
        if (!this.isSettled(event.job)) this.#of(event.job).cancelled = true;
        return;
      case "withdraw":
        this.#count("withdraw");
        if (!this.isSettled(event.job)) this.#of(event.job).withdrawn = true;
        return;
      case "nodeDown":
        return this.#toldDown(event.node);
      case "started":
      case "done":
      case "returned":
        return this.#toldLease(event);
      case "nodeUp":
      case "tick":
        return;
      default:
        assertNever(event);
    }
  }

  #toldDown(node: NodeId): void {
    for (const account of this.#accounts.values()) {
      if (account.holder !== node) continue;
      account.holder = undefined;
      account.cancelledBefore = account.cancelled;
      account.withdrawnBefore = account.withdrawn;
      account.losses += 1;
      this.#count("loss");
    }
  }

  #toldLease(event: EventOf<"started" | "done" | "returned">): void {
    const account = this.#of(event.job);
    if (account.holder !== event.node || account.lease !== event.lease) {
      return this.#count(`stale ${event.type}`);
    }
    this.#count(event.type === "done" ? `done ${event.outcome.kind}` : event.type);
    if (event.type === "started") return;
    account.holder = undefined;
    if (event.type === "returned") {
      account.returned += 1;
      return;
    }
    account.outcome = event.outcome;
    account.cancelledBefore = account.cancelled;
    account.withdrawnBefore = account.withdrawn;
    if (event.outcome.kind !== "finished") account.failures += 1;
  }

  /** The scheduler wants something done. */
  wants(effect: LocalEffect, nowMs: number): void {
    this.#count(effect.type);
    switch (effect.type) {
      case "assign":
        for (const lease of effect.leases) this.#assigned(effect.node, lease, nowMs);
        return;
      case "retract":
      case "stop": {
        // The lease may have been current and ended in this same step.
        const { node, lease } = this.#of(effect.job);
        const isCurrent = node === effect.node && lease === effect.lease;
        demand(isCurrent, () => `${effect.type} of ${effect.job}#${effect.lease}, which is over`);
        return;
      }
      case "running": {
        const { node } = this.#of(effect.job);
        demand(node === effect.node, () => `${effect.job} is said to run on ${effect.node}`);
        return;
      }
      case "retry":
        return this.#retried(effect, nowMs);
      case "settle":
        return this.#settled(effect);
      default:
        assertNever(effect);
    }
  }

  #assigned(node: NodeId, { job: id, lease, attempt }: Lease, nowMs: number): void {
    const account = this.#of(id);
    const { policy } = account.job;
    demand(account.submitted, () => `${id} is assigned and was never submitted`);
    demand(account.settled === undefined, () => `${id} is assigned after it has ended`);
    const isWanted = !account.cancelled && !account.withdrawn;
    demand(isWanted, () => `${id} is assigned after its owner gave it up`);
    demand(account.holder === undefined, () => `${id} is held by ${account.holder} and ${node}`);
    demand(lease === account.lease + 1, () => `${id}#${lease} follows #${account.lease}`);
    const isCounted = attempt === lease - account.returned;
    demand(isCounted, () => `${id}#${lease} is attempt ${attempt}, ${account.returned} came back`);
    const isDue = nowMs >= account.notBeforeMs - roundingMs;
    demand(isDue, () => `${id} runs again at ${nowMs}, not at ${account.notBeforeMs}`);
    demand(
      account.losses === 0 || (policy.reentrant && account.losses <= policy.maxLosses),
      () => `${id} runs again after ${account.losses} losses`,
    );
    demand(
      account.failures <= policy.retries,
      () => `${id} runs again after ${account.failures} failures`,
    );
    account.lease = lease;
    account.node = node;
    account.holder = node;
    account.outcome = undefined;
  }

  #retried({ job, failures, delayMs }: EffectOf<"retry">, nowMs: number): void {
    const account = this.#of(job);
    const { firstMs, maxMs } = account.job.policy.backoff;
    const wholeMs = Math.min(maxMs, firstMs * 2 ** (failures - 1));
    const isRight = failures === account.failures && failures <= account.job.policy.retries;
    demand(isRight, () => `${job} is retried after ${failures} failures, has ${account.failures}`);
    demand(!account.withdrawnBefore, () => `${job} is retried after it was withdrawn`);
    account.notBeforeMs = nowMs + delayMs;
    demand(delayMs >= wholeMs / 2 && delayMs <= wholeMs, () => `${job} waits ${delayMs} ms`);
  }

  #settled(effect: EffectOf<"settle">): void {
    const { job, ending } = effect;
    const account = this.#of(job);
    if (account.settled !== undefined) {
      throw new Violation(
        "duplicates",
        `${job} settled as ${account.settled} and ${ending.status}`,
      );
    }
    demand(account.submitted, () => `${job} ended and was never submitted`);
    demand(account.holder === undefined, () => `${job} ended while ${account.holder} holds it`);
    account.settled = ending.status;
    this.unsettled -= 1;
    const reason = ending.status === "terminated" ? ` ${ending.reason}` : "";
    this.#count(`settle ${ending.status}${reason}`);
    demand(this.#isTrue(account, effect), () => `${job} is ${ending.status}${reason} wrongly`);
  }

  /** Whether a job may end this way after all that has happened to it. */
  #isTrue(account: Account, { ending, runMs }: EffectOf<"settle">): boolean {
    const { policy } = account.job;
    switch (ending.status) {
      case "finished": {
        const { job, lease, value } = ending.detail as Result;
        return account.outcome?.kind === "finished" && job === account.job.id &&
          lease === account.lease && value === expectedValue(job);
      }
      case "terminated": {
        const isLast = !account.cancelledBefore &&
          (account.failures === policy.retries + 1 || account.withdrawnBefore);
        if (ending.reason !== "timeout") return isLast && account.outcome?.kind === ending.reason;
        const isOver = policy.timeoutMs !== undefined && runMs >= policy.timeoutMs - roundingMs;
        return isLast && isOver && account.outcome?.kind === "stopped";
      }
      case "cancelled":
        return account.cancelled || account.withdrawn;
      case "abandoned":
        return !account.cancelledBefore && !account.withdrawnBefore &&
          account.losses > (policy.reentrant ? policy.maxLosses : 0);
      default:
        return assertNever(ending);
    }
  }

  #of(id: JobId): Account {
    const account = this.#accounts.get(id);
    if (account === undefined) throw new Violation("invariant", `${id} is no job of this run`);
    return account;
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
