import type { JobId } from "../../proto/ids.ts";
import type { JournalRecord, SettledRecord } from "../../proto/journal_records.ts";
import type { ClusterRecord, JobRecord, SharedCluster, SharedJob } from "./records.ts";
import type { SchedulerState } from "./state.ts";

/**
 * Records that rebuild the state as it is, for a journal that is to be rewritten. Each item is all that there is to tell of
 * one subject, as it is when it is taken: between two items the state may move on, and what is written of that comes between
 * them. See {@link Restoration}.
 *
 * @param settledOf Finds the `settled` record of a job that has ended and is not forgotten: results are not kept here.
 */
export function* snapshot(
  state: SchedulerState,
  settledOf: (job: JobId) => SettledRecord,
): Generator<readonly JournalRecord[]> {
  const { scheduler, epoch } = state;
  if (scheduler !== undefined) yield [{ type: "epoch", scheduler, epoch }];
  for (const cluster of state.clusters.values()) {
    if (cluster.shared !== undefined) yield [clusterRecord(cluster, cluster.shared)];
  }
  // In the order of their submits, over all clusters.
  for (const job of state.jobs.values()) {
    if (job.shared !== undefined) yield jobRecords(job, job.shared, settledOf);
  }
}

function clusterRecord(
  { id: cluster }: ClusterRecord,
  { owner, name, computation, options, forgotten }: SharedCluster,
): JournalRecord {
  return {
    type: "opened",
    cluster,
    owner,
    name,
    computation,
    options,
    forgotten: forgotten.ranges,
  };
}

function jobRecords(
  { id: job, cluster, policy, phase, lease, attempt, failures, losses }: JobRecord,
  { number, hash, bytes, epoch, instance, leaseOnRecord }: SharedJob,
  settledOf: (job: JobId) => SettledRecord,
): JournalRecord[] {
  const records: JournalRecord[] = [
    { type: "accepted", cluster: cluster.id, job, number, hash, bytes, policy },
  ];
  if (phase.kind === "settled") return [...records, settledOf(job)];
  if (failures + losses > 0) {
    const ended = "node" in phase ? attempt - 1 : attempt;
    records.push({ type: "waiting", job, lease, attempt: ended, failures, losses });
  }
  if (leaseOnRecord && instance !== undefined && "node" in phase) {
    records.push({ type: "lease", job, lease, epoch, attempt, node: phase.node, instance });
  }
  return records;
}
