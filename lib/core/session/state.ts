import type { ClusterId, ComputationId, JobId } from "../../proto/ids.ts";
import type { JobPolicy, NumberRanges } from "../../proto/jobs.ts";
import type { ClusterOptions } from "../../proto/scheduler_messages.ts";
import { Deque } from "../shared/deque.ts";
import type { Link } from "../shared/link.ts";
import { NumberSet } from "../shared/number_set.ts";

/** Which cluster a client wants: its own, or one that is known by a name. */
export type SessionTarget =
  | {
    readonly type: "open";
    readonly cluster: ClusterId;
    readonly name: string;
    readonly computation: ComputationId;
    readonly options: ClusterOptions;
  }
  | { readonly type: "attach"; readonly name: string };

/** A job without a result. */
export type SessionJob = {
  readonly job: JobId;
  readonly hash: string;
  readonly bytes: number;
  readonly policy: JobPolicy;
  /** Position in its cluster; undefined until it is sent. */
  number: number | undefined;
  /** Whether the scheduler may know it. */
  everSent: boolean;
  /**
   * `fresh`: to be sent. `sent`: not answered yet. `blocked`: refused because there are too many. `ended`: voids what the queues
   * still hold of it.
   */
  phase: "fresh" | "sent" | "accepted" | "blocked" | "ended";
  gaveUp: "cancel" | "withdraw" | undefined;
};

/** All a client knows of its cluster. It changes in `step` only. */
export type SessionState = {
  readonly target: SessionTarget;
  readonly submitWindow: number;
  readonly quotaRetryMs: number;
  /** Undefined until a cluster that was named is found. */
  cluster: ClusterId | undefined;
  link: Link | undefined;
  /** Whether the scheduler has let it have the cluster, on this link. */
  attached: boolean;
  nextNumber: number;
  readonly jobs: Map<JobId, SessionJob>;
  /** Jobs to be sent, first to last; those no longer `fresh` are skipped. */
  fresh: Deque<SessionJob>;
  /** Jobs that are `sent`. */
  sent: number;
  /** Jobs that are `accepted`. */
  accepted: number;
  /** Jobs that were refused for want of room, and when to try again. */
  blocked: SessionJob[];
  retryAtMs: number | undefined;
  /** Numbers of the jobs whose results the program was given. */
  readonly delivered: NumberSet;
  leaving: "detach" | "close" | undefined;
  /** Whether it asked to be let go, on this link. */
  asked: boolean;
  over: boolean;
};

/** What a client begins with. */
export type SessionOptions = {
  readonly target: SessionTarget;
  /** Jobs that may be sent and not accepted. */
  readonly submitWindow: number;
  /** How long to wait after a refusal for want of room. */
  readonly quotaRetryMs: number;
  /** Of an earlier session of the same program: jobs without a result, and numbers of those with one. */
  readonly jobs?: readonly Pick<SessionJob, "job" | "hash" | "bytes" | "policy">[];
  readonly delivered?: NumberRanges;
};

/** A client that has not connected yet. */
export function createSessionState(options: SessionOptions): SessionState {
  const { target, submitWindow, quotaRetryMs, jobs = [], delivered = [] } = options;
  const state: SessionState = {
    target,
    submitWindow,
    quotaRetryMs,
    cluster: target.type === "open" ? target.cluster : undefined,
    link: undefined,
    attached: false,
    nextNumber: 0,
    jobs: new Map(),
    fresh: new Deque(),
    sent: 0,
    accepted: 0,
    blocked: [],
    retryAtMs: undefined,
    delivered: new NumberSet(delivered),
    leaving: undefined,
    asked: false,
    over: false,
  };
  state.nextNumber = state.delivered.last + 1;
  for (const job of jobs) {
    const record: SessionJob = {
      ...job,
      number: undefined,
      everSent: true,
      phase: "fresh",
      gaveUp: undefined,
    };
    state.jobs.set(job.job, record);
    state.fresh.pushBack(record);
  }
  return state;
}
