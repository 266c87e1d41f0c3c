import type { JobId } from "../../proto/ids.ts";
import type { JobPolicy } from "../../proto/jobs.ts";
import { assertNever } from "../../proto/states.ts";
import { settle } from "./endings.ts";
import { holderOf, retract, stop } from "./leases.ts";
import { discount, enqueue } from "./queue.ts";
import type { ClusterRecord, JobRecord, SharedJob } from "./records.ts";
import type { SchedulerState } from "./state.ts";
import type { Turn } from "./turn.ts";

const queued = { kind: "queued" } as const;

/** A job comes to a scheduler inside a client or node. */
export function onSubmit(state: SchedulerState, id: JobId, policy: JobPolicy): void {
  // A submit may be repeated by a client that did not hear the answer; the id makes it harmless.
  if (state.jobs.has(id)) return;
  enqueue(state, addJob(state, state.local, id, policy, undefined));
}

/** Makes a job known, which is to be queued next. */
export function addJob(
  state: SchedulerState,
  cluster: ClusterRecord,
  id: JobId,
  policy: JobPolicy,
  shared: SharedJob | undefined,
): JobRecord {
  const job: JobRecord = {
    id,
    policy,
    cluster,
    order: state.arrivals,
    phase: queued,
    lease: 0,
    attempt: 0,
    failures: 0,
    losses: 0,
    withdrawn: false,
    shared,
    previous: undefined,
    next: undefined,
  };
  state.arrivals += 1;
  cluster.open += 1;
  state.jobs.set(id, job);
  return job;
}

/** Has a job stopped. */
export function cancel(turn: Turn, job: JobRecord): void {
  switch (job.phase.kind) {
    case "queued":
      discount(turn.state, job.cluster);
      return settle(turn, job, { status: "cancelled" }, undefined, 0);
    case "delayed":
      return settle(turn, job, { status: "cancelled" }, undefined, 0);
    case "assigned":
    case "retracting":
    case "running":
      return stop(turn, job, "cancelled");
    case "stopping":
      // A cancel outranks a time limit: the job must not be retried.
      job.phase = { kind: "stopping", node: job.phase.node, why: "cancelled" };
      return;
    case "settled":
    case "ended":
      return;
    default:
      assertNever(job.phase);
  }
}

/** As `cancel`, but an attempt that has begun goes on. */
export function withdraw(turn: Turn, job: JobRecord): void {
  switch (job.phase.kind) {
    case "queued":
    case "delayed":
      return cancel(turn, job);
    case "assigned": {
      job.withdrawn = true;
      const node = holderOf(turn.state, job);
      if (node !== undefined) retract(turn, job, node);
      return;
    }
    case "retracting":
    case "running":
    case "stopping":
      job.withdrawn = true;
      return;
    case "settled":
    case "ended":
      return;
    default:
      assertNever(job.phase);
  }
}

/** Queues the jobs whose backoff is over. */
export function wakeDelayed({ state, nowMs }: Turn): void {
  while ((state.delayed.minKey ?? Infinity) <= nowMs) {
    const job = state.delayed.pop();
    if (job?.phase.kind === "delayed") enqueue(state, job);
  }
}

/** Stops what has run for longer than it may. */
export function stopOverdue(turn: Turn): void {
  const { deadlines } = turn.state;
  while ((deadlines.minKey ?? Infinity) <= turn.nowMs) {
    const entry = deadlines.pop();
    if (entry === undefined || entry.job.phase.kind !== "running") continue;
    if (entry.job.lease === entry.lease) stop(turn, entry.job, "timeout");
  }
}
