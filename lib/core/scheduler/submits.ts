import type { OwnerId } from "../../proto/ids.ts";
import type { SubmitRefusal, SubmittedJob } from "../../proto/scheduler_messages.ts";
import { addJob } from "./jobs.ts";
import { enqueue } from "./queue.ts";
import type { ClusterRecord, JobRecord, SharedCluster, SharedJob } from "./records.ts";
import type { SchedulerState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** A client submits jobs, perhaps not for the first time. */
export function onSubmitShared(
  turn: Turn,
  cluster: ClusterRecord,
  shared: SharedCluster,
  jobs: readonly SubmittedJob[],
): void {
  let room = roomOf(turn.state, shared.owner);
  for (const submitted of jobs) {
    const known = turn.state.jobs.get(submitted.job);
    if (known !== undefined) again(turn, cluster, known, submitted);
    else {
      const why = refusalOf(cluster, shared, submitted, room);
      if (why !== undefined) turn.refuse(cluster, submitted.job, why);
      else {
        if (!shared.forgotten.has(submitted.number)) {
          take(turn, cluster, shared, submitted);
          room -= 1;
        }
        turn.accept(cluster, submitted.job);
      }
    }
  }
}

/** How many more jobs an owner may have. */
function roomOf({ options, clusters }: SchedulerState, owner: OwnerId): number {
  const { maxOwnerJobs } = options;
  if (maxOwnerJobs === Infinity) return Infinity;
  let open = 0;
  for (const cluster of clusters.values()) {
    if (cluster.shared?.owner === owner) open += cluster.open;
  }
  return maxOwnerJobs - open;
}

/** The same as before is answered as before: with the result, if there is one. */
function again(
  turn: Turn,
  cluster: ClusterRecord,
  job: JobRecord,
  { hash }: SubmittedJob,
): void {
  if (job.cluster !== cluster || job.shared?.hash !== hash) {
    return turn.refuse(cluster, job.id, "different");
  }
  turn.accept(cluster, job.id);
  if (job.phase.kind === "settled" && job.shared.sent) turn.deliver(job);
}

function refusalOf(
  cluster: ClusterRecord,
  shared: SharedCluster,
  { number, bytes }: SubmittedJob,
  room: number,
): SubmitRefusal | undefined {
  if (shared.forgotten.has(number)) return undefined;
  if (shared.known.has(number)) return "different";
  const { maxOpenJobs, maxOpenBytes } = shared.options;
  const hasRoom = room > 0 && cluster.open < maxOpenJobs;
  const fits = hasRoom && shared.openBytes + bytes <= maxOpenBytes;
  return fits ? undefined : "quota";
}

function take(
  turn: Turn,
  cluster: ClusterRecord,
  shared: SharedCluster,
  submitted: SubmittedJob,
): void {
  turn.persist({ type: "accepted", cluster: cluster.id, ...submitted });
  enqueue(turn.state, addSharedJob(turn.state, cluster, shared, submitted));
}

/** Makes a job of a shared cluster known, which is to be queued next. `policy` may stand for an equal one. */
export function addSharedJob(
  state: Turn["state"],
  cluster: ClusterRecord,
  shared: SharedCluster,
  submitted: SubmittedJob,
  policy = submitted.policy,
): JobRecord {
  const { job: id, number, hash, bytes } = submitted;
  const own: SharedJob = {
    number,
    hash,
    bytes,
    epoch: 0,
    instance: undefined,
    leaseOnRecord: false,
    sent: false,
    payload: undefined,
  };
  const job = addJob(state, cluster, id, policy, own);
  shared.jobs.add(job);
  shared.known.add(number);
  shared.openBytes += bytes;
  return job;
}
