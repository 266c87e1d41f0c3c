import type {
  AcceptedRecord,
  ForgottenRecord,
  JournalRecord,
  LeaseRecord,
  WaitingRecord,
} from "../../proto/journal_records.ts";
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
 * Rebuilds the state that a journal tells of. Its first event must be `start`: nothing is queued before.
 *
 * A journal that was rewritten while the scheduler worked tells of a job first what happened to it meanwhile, which is
 * skipped, and then how it stood; or twice that it was accepted and settled.
 */
export class Restoration {
  readonly state: SchedulerState;
  readonly #policies = new Map<string, JobPolicy>();
  /** The last policy that was looked for, and the one that stands for it. */
  #lastPolicy: { readonly seen: JobPolicy; readonly shared: JobPolicy } | undefined;

  /** Begins with an empty scheduler. */
  constructor(options: SchedulerOptions) {
    this.state = createSchedulerState(options);
  }

  /** Takes the next record, oldest first. */
  add(record: JournalRecord): void {
    if (record.type === "accepted") this.#accept(record);
    else apply(this.state, record);
  }

  #accept(record: AcceptedRecord): void {
    const { state } = this;
    const cluster = state.clusters.get(record.cluster);
    if (cluster?.shared === undefined || cluster.shared.known.has(record.number)) return;
    addSharedJob(state, cluster, cluster.shared, record, this.#shared(record.policy));
  }

  /** Many jobs share one policy again. */
  #shared(policy: JobPolicy): JobPolicy {
    // Jobs that were accepted together share one already.
    if (this.#lastPolicy?.seen === policy) return this.#lastPolicy.shared;
    const text = JSON.stringify(policy);
    const shared = this.#policies.get(text) ?? policy;
    this.#policies.set(text, shared);
    this.#lastPolicy = { seen: policy, shared };
    return shared;
  }
}

/** The state that all records of a journal tell of; see {@link Restoration}. */
export function restore(
  options: SchedulerOptions,
  records: Iterable<JournalRecord>,
): SchedulerState {
  const restoration = new Restoration(options);
  for (const record of records) restoration.add(record);
  return restoration.state;
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
      else if (record.type === "forgotten") noteForgotten(state, record);
      return;
    }
    default:
      assertNever(record);
  }
}

/** The journal does not tell of a job any more that was forgotten while it was written anew. */
function noteForgotten(state: SchedulerState, record: ForgottenRecord): void {
  const shared = state.clusters.get(record.cluster)?.shared;
  shared?.known.add(record.number);
  shared?.forgotten.add(record.number);
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
      cluster.shared.jobs.remove(job);
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
