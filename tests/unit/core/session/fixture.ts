import type { SessionEffect } from "../../../../lib/core/session/effects.ts";
import type { SessionEvent } from "../../../../lib/core/session/events.ts";
import { checkInvariants } from "../../../../lib/core/session/invariants.ts";
import { step } from "../../../../lib/core/session/machine.ts";
import {
  createSessionState,
  type SessionOptions,
  type SessionState,
} from "../../../../lib/core/session/state.ts";
import type { ClusterId, ComputationId, JobId } from "../../../../lib/proto/ids.ts";
import type { NumberRanges } from "../../../../lib/proto/jobs.ts";
import type {
  ClientToScheduler,
  JobResult,
  SchedulerToClient,
} from "../../../../lib/proto/scheduler_messages.ts";
import { policyOf } from "../scheduler/fixture.ts";

export const cluster = "c" as ClusterId;
export const computation = "code" as ComputationId;
export const target = {
  type: "open",
  cluster,
  name: "name",
  computation,
  options: { priority: 0, exclusive: false, maxOpenJobs: 9, maxOpenBytes: 9 },
} as const;

export const ids = (...names: string[]): JobId[] => names as JobId[];

export function job(name: string): Omit<Extract<SessionEvent, { type: "submit" }>, "type"> {
  return { job: name as JobId, hash: name, bytes: 1, policy: policyOf() };
}

export function result(name: string, number: number): JobResult {
  const ending = { status: "finished", detail: name } as const;
  return { job: name as JobId, number, ending, node: undefined, attempt: 1, runMs: 1 };
}

/** A client in a test: says what happened in few words, and checks the invariants after every step. */
export class SessionFixture {
  readonly state: SessionState;
  nowMs = 0;

  constructor(options: Partial<SessionOptions> = {}) {
    this.state = createSessionState({ target, submitWindow: 100, quotaRetryMs: 50, ...options });
  }

  step(...events: SessionEvent[]): SessionEffect[] {
    const effects = step(this.state, events, this.nowMs);
    checkInvariants(this.state);
    return effects;
  }

  submit(...names: string[]): SessionEffect[] {
    return this.step(...names.map((name) => ({ type: "submit", ...job(name) } as const)));
  }

  hear(message: SchedulerToClient, link = this.state.link ?? 0): SessionEffect[] {
    return this.step({ type: "message", link, message });
  }

  /** A connection, on which the scheduler lets the client have the cluster. */
  attach(link: number, known: NumberRanges = [], forgotten: NumberRanges = []): SessionEffect[] {
    this.step({ type: "linkUp", link });
    const name = "name";
    return this.hear({ type: "attached", cluster, name, computation, epoch: 1, known, forgotten });
  }

  accepted(...names: string[]): SessionEffect[] {
    return this.hear({ type: "accepted", cluster, jobs: ids(...names) });
  }

  results(...results: JobResult[]): SessionEffect[] {
    return this.hear({ type: "results", cluster, results });
  }

  disconnect(): SessionEffect[] {
    return this.step({ type: "linkDown", link: this.state.link ?? 0 });
  }
}

/** What is said to the scheduler, in order. */
export function saidIn(effects: readonly SessionEffect[]): ClientToScheduler[] {
  return effects.flatMap((effect) => effect.type === "send" ? [effect.message] : []);
}

/** Jobs that are submitted, as `name:number`. */
export function submittedIn(effects: readonly SessionEffect[]): string[] {
  return saidIn(effects).flatMap((message) =>
    message.type === "submit" ? message.jobs.map(({ job, number }) => `${job}:${number}`) : []
  );
}
