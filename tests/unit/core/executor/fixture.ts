import type { ExecutorEffect } from "../../../../lib/core/executor/effects.ts";
import type { ExecutorEvent } from "../../../../lib/core/executor/events.ts";
import { checkInvariants } from "../../../../lib/core/executor/invariants.ts";
import { step } from "../../../../lib/core/executor/machine.ts";
import {
  createExecutorState,
  type ExecutorOptions,
  type ExecutorState,
} from "../../../../lib/core/executor/state.ts";
import type {
  ClusterId,
  ComputationId,
  InstanceId,
  JobId,
  SchedulerId,
} from "../../../../lib/proto/ids.ts";
import type { LeaseRef, Outcome } from "../../../../lib/proto/jobs.ts";
import type {
  AssignedLease,
  LeaseEnd,
  NodeToScheduler,
  SchedulerToNode,
} from "../../../../lib/proto/scheduler_messages.ts";

export const finished: Outcome = { kind: "finished", detail: 1 };

export function lease(name: string, number = 1, epoch = 1): LeaseRef {
  return { job: name as JobId, lease: number, epoch };
}

export function assigned(ref: LeaseRef, expires = false): AssignedLease {
  const cluster = "c" as ClusterId;
  return { ...ref, attempt: ref.lease, cluster, computation: "code" as ComputationId, expires };
}

export function end(ref: LeaseRef, outcome: Outcome = finished): LeaseEnd {
  return { ...ref, outcome, runMs: 1 };
}

/** A node in a test: says what happened in few words, and checks the invariants after every step. */
export class ExecutorFixture {
  readonly state: ExecutorState;
  nowMs = 0;

  constructor(options: Partial<ExecutorOptions> = {}) {
    const instance = "i" as InstanceId;
    this.state = createExecutorState({ instance, slots: 2, saveAfterMs: 20, ...options });
  }

  step(...events: ExecutorEvent[]): ExecutorEffect[] {
    const effects = step(this.state, events, this.nowMs);
    checkInvariants(this.state);
    return effects;
  }

  advance(ms: number): ExecutorEffect[] {
    this.nowMs += ms;
    return this.step({ type: "tick" });
  }

  hear(message: SchedulerToNode, link = this.state.link ?? 0): ExecutorEffect[] {
    return this.step({ type: "message", link, message });
  }

  /** A connection to a scheduler, which greets. */
  greet(link: number, epoch = 1, scheduler = "s"): ExecutorEffect[] {
    this.step({ type: "linkUp", link });
    const id = scheduler as SchedulerId;
    return this.hear({ type: "welcome", scheduler: id, epoch, lostMs: 900 });
  }

  /** As `greet`, and the scheduler has heard the announcement. */
  connect(link: number, epoch = 1, scheduler = "s"): ExecutorEffect[] {
    const effects = this.greet(link, epoch, scheduler);
    this.hear({ type: "drop", leases: [] });
    return effects;
  }

  assign(ref: LeaseRef, expires = false): ExecutorEffect[] {
    return this.hear({ type: "assign", leases: [assigned(ref, expires)] });
  }

  disconnect(): ExecutorEffect[] {
    return this.step({ type: "linkDown", link: this.state.link ?? 0, sinceMs: this.nowMs });
  }

  started(ref: LeaseRef): ExecutorEffect[] {
    return this.step({ type: "started", lease: ref, startedAtMs: this.nowMs });
  }

  ended(ref: LeaseRef, outcome: Outcome = finished): ExecutorEffect[] {
    return this.step({ type: "ended", lease: ref, outcome, runMs: 1 });
  }
}

/** What is said to the scheduler, in order. */
export function saidIn(effects: readonly ExecutorEffect[]): NodeToScheduler[] {
  return effects.flatMap((effect) => effect.type === "send" ? [effect.message] : []);
}
