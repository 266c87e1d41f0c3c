import { charge, rankOf } from "./fairness.ts";
import type { ClusterRecord, JobRecord } from "./records.ts";
import type { SchedulerState } from "./state.ts";

const queued = { kind: "queued" } as const;

/** Puts a job at the end of its cluster's queue. */
export function enqueue(state: SchedulerState, job: JobRecord): void {
  job.phase = queued;
  job.cluster.queue.pushBack(job);
  count(state, job.cluster);
}

/** Puts a job back at the head of its cluster's queue: it has waited its turn already. */
export function requeue(state: SchedulerState, job: JobRecord): void {
  job.phase = queued;
  job.cluster.queue.pushFront(job);
  count(state, job.cluster);
}

function count(state: SchedulerState, cluster: ClusterRecord): void {
  state.queued += 1;
  cluster.queued += 1;
  if (cluster.queued > 1 && state.options.policy !== "fifo") return;
  // Who had no work has not saved up any right to be served.
  if (cluster.queued === 1) cluster.usedMs = Math.max(cluster.usedMs, state.servedMs);
  rank(state, cluster);
}

function rank(state: SchedulerState, cluster: ClusterRecord): void {
  cluster.rank = rankOf(cluster, state.options.policy);
  state.ready.place(cluster);
}

/** A queued job leaves the queue; its entry is skipped later. */
export function discount(state: SchedulerState, cluster: ClusterRecord): void {
  state.queued -= 1;
  cluster.queued -= 1;
  if (cluster.queued === 0) state.ready.remove(cluster);
}

/** How many jobs may be placed now, at most. */
export function placeable(state: SchedulerState): number {
  const { holder } = state;
  if (holder === undefined) return state.queued;
  return state.leased > holder.leased ? 0 : holder.queued;
}

/** Takes the job that is to be placed next; undefined when there is none, or none may be. */
export function takeNext(state: SchedulerState): JobRecord | undefined {
  for (;;) {
    const cluster = state.holder ?? state.ready.first;
    if (cluster === undefined || cluster.queued === 0) return undefined;
    if (cluster.exclusive) {
      state.holder = cluster;
      if (state.leased > cluster.leased) return undefined;
    }
    const job = cluster.queue.shift();
    if (job === undefined) return undefined;
    if (job.phase.kind !== "queued") continue;
    discount(state, cluster);
    state.servedMs = cluster.usedMs;
    charge(cluster);
    if (cluster.queued > 0 && state.ready.size > 1) rank(state, cluster);
    return job;
  }
}
