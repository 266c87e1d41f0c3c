import type { JournalRecord, LeaseRecord, WaitingRecord } from "../../proto/journal_records.ts";
import type { JobPolicy } from "../../proto/jobs.ts";
import { assertNever } from "../../proto/states.ts";
import { addCluster, removeCluster } from "./clusters.ts";
import { holderOf, releaseLease } from "./leases.ts";
import { addNode } from "./nodes.ts";

import type { JobRecord } from "./records.ts";
import { newRemote } from "./remote.ts";
import { createSchedulerState, type SchedulerOptions, type SchedulerState } from "./state.ts";
import { addSharedJob } from "./submits.ts";

const queued = { kind: "queued" } as const;
const settled = { kind: "settled", sinceMs: 0 } as const;
const ended = { kind: "ended" } as const;

/**
 * The state that a journal tells of. Its first event must be `start`: nothing is queued before.
 *
 * @param records All records, oldest first; those of a snapshot before those that came after it.
 */
export function restore(
  options: SchedulerOptions,
  records: Iterable<JournalRecord>,
): SchedulerState {
  const state = createSchedulerState(options);
  const policies = new Map<string, JobPolicy>();
  for (const record of records) {
    if (record.type === "accepted") {
      // Many jobs share one policy again.
      const text = JSON.stringify(record.policy);
      const policy = policies.get(text) ?? record.policy;
      policies.set(text, policy);
      accept(state, { ...record, policy });
    } else apply(state, record);
  }
  return state;
}

function accept(
  state: SchedulerState,
  record: Extract<JournalRecord, { type: "accepted" }>,
): void {
  const cluster = state.clusters.get(record.cluster);
  if (cluster?.shared === undefined || cluster.shared.known.has(record.number)) return;
  addSharedJob(state, cluster, cluster.shared, record);
}

function apply(state: SchedulerState, record: Exclude<JournalRecord, { type: "accepted" }>): void {
  switch (record.type) {
    case "epoch":
      state.scheduler = record.scheduler;
      state.epoch = Math.max(state.epoch, record.epoch);
      return;
    case "opened":
      if (!state.clusters.has(record.cluster)) addCluster(state, record);
      return;
    case "closed": {
      const cluster = state.clusters.get(record.cluster);
      for (const job of cluster?.shared?.jobs ?? []) remove(state, job);
      if (cluster !== undefined) removeCluster(state, cluster);
      return;
    }
    case "lease":
    case "waiting":
    case "settled":
    case "forgotten": {
      const job = state.jobs.get(record.job);
      if (job !== undefined) applyToJob(state, job, record);
      return;
    }
    default:
      assertNever(record);
  }
}

function applyToJob(
  state: SchedulerState,
  job: JobRecord,
  record: Extract<JournalRecord, { type: "lease" | "waiting" | "settled" | "forgotten" }>,
): void {
  const { shared, cluster } = job;
  if (shared === undefined || cluster.shared === undefined) return;
  // Told before, in a journal whose tail repeats what its snapshot says.
  if (job.phase.kind === "settled" && record.type !== "forgotten") return;
  takeOffNode(state, job);
  switch (record.type) {
    case "lease":
      return putOnNode(state, job, record);
    case "waiting":
      return count(job, record);
    case "settled":
      cluster.open -= 1;
      cluster.shared.openBytes -= shared.bytes;
      job.phase = settled;
      return;
    case "forgotten":
      cluster.shared.forgotten.add(shared.number);
      cluster.shared.jobs.delete(job);
      remove(state, job);
      return;
    default:
      assertNever(record);
  }
}

function count(job: JobRecord, { lease, attempt, failures, losses }: WaitingRecord): void {
  Object.assign(job, { lease, attempt, failures, losses });
}

function putOnNode(state: SchedulerState, job: JobRecord, record: LeaseRecord): void {
  const { node: id, lease, attempt, epoch, instance } = record;
  const node = state.nodes.get(id) ??
    addNode(state, { id, slots: 0, nowMs: 0, remote: newRemote() });
  Object.assign(job, { lease, attempt });
  job.phase = { kind: "assigned", node: id };
  if (job.shared !== undefined) {
    Object.assign(job.shared, { epoch, instance, leaseOnRecord: true });
  }
  node.leases.set(job.id, job);
  job.cluster.leased += 1;
  state.leased += 1;
}

function takeOffNode(state: SchedulerState, job: JobRecord): void {
  const node = holderOf(state, job);
  if (node === undefined) return;
  releaseLease(state, node, job);
  job.phase = queued;
  if (job.shared !== undefined) job.shared.leaseOnRecord = false;
}

function remove(state: SchedulerState, job: JobRecord): void {
  takeOffNode(state, job);
  state.jobs.delete(job.id);
  job.phase = ended;
}
