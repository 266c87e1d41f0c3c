import assert from "node:assert/strict";
import type { LocalEffect } from "../../../../lib/core/scheduler/effects.ts";
import type { LocalEvent } from "../../../../lib/core/scheduler/events.ts";
import { checkInvariants } from "../../../../lib/core/scheduler/invariants.ts";
import { step } from "../../../../lib/core/scheduler/machine.ts";
import type { PrefetchOptions } from "../../../../lib/core/scheduler/credit.ts";
import type { JobRecord, NodeRecord } from "../../../../lib/core/scheduler/records.ts";
import { createSchedulerState, type SchedulerState } from "../../../../lib/core/scheduler/state.ts";
import type { JobId, NodeId } from "../../../../lib/proto/ids.ts";
import type { Ending, JobPolicy, Outcome } from "../../../../lib/proto/jobs.ts";

export const jobId = (name: string): JobId => name as JobId;
export const nodeId = (name: string): NodeId => name as NodeId;

/** A policy without retries, limits or losses, but for what is given. */
export function policyOf(changes: Partial<JobPolicy> = {}): JobPolicy {
  return {
    retries: 0,
    backoff: { firstMs: 100, maxMs: 1000 },
    timeoutMs: undefined,
    reentrant: true,
    maxLosses: 5,
    ...changes,
  };
}

export type Assignment = { readonly node: NodeId; readonly job: JobId; readonly lease: number };
export type Settled = { readonly job: JobId; readonly ending: Ending };

/** A scheduler in a test: says what happened in few words, and checks the invariants after every step. */
export class SchedulerFixture {
  readonly state: SchedulerState;
  nowMs = 0;

  constructor(prefetch?: PrefetchOptions) {
    const state = createSchedulerState(
      prefetch === undefined ? { seed: 1 } : { seed: 1, prefetch },
    );
    // Without jitter: a retry waits exactly half of its backoff.
    this.state = { ...state, random: () => 0 };
  }

  /** One step with some events. */
  step(...events: LocalEvent[]): LocalEffect[] {
    const effects = step(this.state, events, this.nowMs);
    checkInvariants(this.state);
    return effects;
  }

  /** Lets time pass, then one step without events. */
  advance(ms: number): LocalEffect[] {
    this.nowMs += ms;
    return this.step({ type: "tick" });
  }

  nodeUp(name: string, slots = 1): LocalEffect[] {
    return this.step({ type: "nodeUp", node: nodeId(name), slots });
  }

  nodeDown(name: string): LocalEffect[] {
    return this.step({ type: "nodeDown", node: nodeId(name) });
  }

  /** Submits jobs in one step. */
  submit(names: readonly string[], policy: JobPolicy = policyOf()): LocalEffect[] {
    return this.step(
      ...names.map((name) => ({ type: "submit", job: jobId(name), policy }) as const),
    );
  }

  cancel(name: string): LocalEffect[] {
    return this.step({ type: "cancel", job: jobId(name) });
  }

  withdraw(name: string): LocalEffect[] {
    return this.step({ type: "withdraw", job: jobId(name) });
  }

  started(node: string, job: string, lease = this.job(job).lease): LocalEffect[] {
    const startedAtMs = this.nowMs;
    return this.step({ ...leaseOf(node, job, lease), type: "started", startedAtMs });
  }

  /** An attempt ends; by default the current one, with a result, after 1 ms. */
  done(
    node: string,
    job: string,
    outcome: Outcome["kind"] = "finished",
    options: { readonly lease?: number; readonly runMs?: number } = {},
  ): LocalEffect[] {
    const lease = options.lease ?? this.job(job).lease;
    const ended: Outcome = outcome === "stopped" || outcome === "expired"
      ? { kind: outcome }
      : { kind: outcome, detail: job };
    const runMs = options.runMs ?? 1;
    return this.step({ ...leaseOf(node, job, lease), type: "done", outcome: ended, runMs });
  }

  returned(node: string, job: string, lease = this.job(job).lease): LocalEffect[] {
    return this.step({ ...leaseOf(node, job, lease), type: "returned" });
  }

  /** The record of a job that has not ended. */
  job(name: string): JobRecord {
    const job = this.state.jobs.get(jobId(name));
    if (job === undefined) throw new Error(`Cannot find job ${name}: it is unknown or has ended`);
    return job;
  }

  /** The record of a node that is up. */
  node(name: string): NodeRecord {
    const node = this.state.nodes.get(nodeId(name));
    if (node === undefined) throw new Error(`Cannot find node ${name}: it is not up`);
    return node;
  }
}

function leaseOf(
  node: string,
  job: string,
  lease: number,
): { readonly node: NodeId; readonly job: JobId; readonly lease: number } {
  return { node: nodeId(node), job: jobId(job), lease };
}

/** What was handed out, one entry for each job. */
export function assignmentsOf(effects: readonly LocalEffect[]): Assignment[] {
  return effects.flatMap((effect) =>
    effect.type === "assign"
      ? effect.leases.map(({ job, lease }) => ({ node: effect.node, job, lease }))
      : []
  );
}

/** Jobs handed to a node, in order. */
export function jobsTo(node: string, effects: readonly LocalEffect[]): string[] {
  return assignmentsOf(effects).filter((one) => one.node === node).map(({ job }) => job);
}

/** Jobs asked back, in order. */
export function retractedIn(effects: readonly LocalEffect[]): string[] {
  return effects.flatMap((effect) => effect.type === "retract" ? [effect.job] : []);
}

/** Jobs that ended, with how. */
export function settledIn(effects: readonly LocalEffect[]): Settled[] {
  return effects.flatMap((effect) =>
    effect.type === "settle" ? [{ job: effect.job, ending: effect.ending }] : []
  );
}

/** The kinds of effects, in order. */
export function typesOf(effects: readonly LocalEffect[]): string[] {
  return effects.map((effect) => effect.type);
}

/** Node "a" with one slot holds job "j", assigned. */
export function assigned(changes: Partial<JobPolicy> = {}): SchedulerFixture {
  const fixture = new SchedulerFixture();
  fixture.nodeUp("a");
  fixture.submit(["j"], policyOf(changes));
  return fixture;
}

/** Node "a" with one slot runs job "j". */
export function running(changes: Partial<JobPolicy> = {}): SchedulerFixture {
  const fixture = assigned(changes);
  fixture.started("a", "j");
  return fixture;
}

/** "j" waits on node "a" behind a long job, and is asked back for the idle node "b". */
export function retracting(): SchedulerFixture {
  const fixture = new SchedulerFixture();
  fixture.nodeUp("a");
  fixture.submit(["long", "j"]);
  fixture.nodeUp("b");
  fixture.advance(10);
  assert.equal(fixture.job("j").phase.kind, "retracting");
  return fixture;
}

/** What a job "j" that is cancelled ends with. */
export const cancelledEnding = [{ job: jobId("j"), ending: { status: "cancelled" } }];
