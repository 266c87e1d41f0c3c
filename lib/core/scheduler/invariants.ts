import { assertNever } from "../../proto/states.ts";
import type { ClusterRecord, JobRecord, NodeRecord, SharedCluster } from "./records.ts";
import type { SchedulerState } from "./state.ts";

/** What the jobs of a cluster add up to. */
type Sums = { queued: number; leased: number; open: number; bytes: number; sent: number };

/**
 * Checks that the state contradicts itself nowhere. Tests and the simulation call it after every step.
 *
 * @throws {Error} Naming the first broken rule and the job, node or cluster that breaks it.
 */
export function checkInvariants(state: SchedulerState): void {
  const sums = new Map<ClusterRecord, Sums>();
  for (const cluster of [state.local, ...state.clusters.values()]) {
    sums.set(cluster, { queued: 0, leased: 0, open: 0, bytes: 0, sent: 0 });
  }
  for (const job of state.jobs.values()) {
    const sum = sums.get(job.cluster) ?? fail(job, "belongs to no cluster");
    add(sum, job);
    sum.leased += checkPhase(state, job);
    if (job.attempt > job.lease) fail(job, "has more attempts than leases");
    if (job.failures > job.policy.retries + 1) fail(job, "failed more often than it may run");
    if (isOpen(job)) checkOpen(job);
  }
  let queued = 0;
  let leased = 0;
  for (const [cluster, sum] of sums) {
    checkCluster(state, cluster, sum);
    queued += sum.queued;
    leased += sum.leased;
  }
  if (queued !== state.queued) fail(undefined, `counts ${state.queued} queued jobs, has ${queued}`);
  let held = 0;
  for (const node of state.nodes.values()) held += checkNode(node);
  if (held !== leased) fail(undefined, `has ${held} leases on nodes for ${leased} leased jobs`);
  if (held !== state.leased) fail(undefined, `counts ${state.leased} leases, has ${held}`);
}

function isOpen(job: JobRecord): boolean {
  return job.phase.kind !== "settled";
}

function checkOpen(job: JobRecord): void {
  if (job.failures > job.policy.retries) fail(job, "failed more often than its retries allow");
  if (job.losses > job.policy.maxLosses) fail(job, "was lost more often than allowed");
}

function add(sum: Sums, job: JobRecord): void {
  if (job.phase.kind === "queued") sum.queued += 1;
  if (isOpen(job)) {
    sum.open += 1;
    sum.bytes += job.shared?.bytes ?? 0;
  } else if (job.shared?.sent === true) sum.sent += 1;
}

/** Looks for the job that is in the queue wrongly, once their numbers differ. */
function checkQueue(state: SchedulerState, cluster: ClusterRecord, queued: number): void {
  const { queue } = cluster;
  if (queue.count(({ phase }) => phase.kind === "queued") === queued) return;
  const waiting = new Set<JobRecord>();
  for (const job of queue) {
    if (job.phase.kind !== "queued") continue;
    if (waiting.has(job)) fail(job, "is in the queue twice");
    waiting.add(job);
  }
  for (const job of state.jobs.values()) {
    if (job.cluster !== cluster || job.phase.kind !== "queued" || waiting.has(job)) continue;
    fail(job, "is queued and is not in the queue");
  }
}

function checkCluster(state: SchedulerState, cluster: ClusterRecord, sum: Sums): void {
  const { id, queued, leased, open, shared } = cluster;
  const broken = (what: string): never => fail(undefined, `miscounts the ${what} of ${id}`);
  checkQueue(state, cluster, sum.queued);
  if (queued !== sum.queued) broken("queue");
  if (leased !== sum.leased) broken("leases");
  if (open !== sum.open) broken("open jobs");
  if (state.ready.has(cluster) !== queued > 0) broken("readiness");
  if (shared !== undefined) checkShared(shared, sum, broken);
}

function checkShared(
  { jobs, openBytes, inFlight, known, forgotten }: SharedCluster,
  sum: Sums,
  broken: (what: string) => never,
): void {
  if (openBytes !== sum.bytes) broken("bytes");
  if (inFlight !== sum.sent) broken("results on their way");
  for (const { shared } of jobs) {
    if (shared === undefined || !known.has(shared.number)) broken("known numbers");
    else if (forgotten.has(shared.number)) broken("forgotten numbers");
  }
}

/** Returns 1 if the job holds a lease. */
function checkPhase(state: SchedulerState, job: JobRecord): number {
  switch (job.phase.kind) {
    case "queued":
    case "delayed":
      if (job.withdrawn) fail(job, "was withdrawn and waits to run");
      return 0;
    case "assigned":
    case "retracting":
    case "running":
    case "stopping": {
      const node = state.nodes.get(job.phase.node);
      if (node?.leases.get(job.id) !== job) fail(job, `is not on node ${job.phase.node}`);
      if (job.attempt < 1) fail(job, "holds a lease without an attempt");
      return 1;
    }
    case "settled":
      if (job.shared === undefined) fail(job, "has ended and is not forgotten");
      return 0;
    case "ended":
      return fail(job, "has ended and is not forgotten");
    default:
      return assertNever(job.phase);
  }
}

function checkNode(node: NodeRecord): number {
  let retracting = 0;
  for (const job of node.leases.values()) if (job.phase.kind === "retracting") retracting += 1;
  if (retracting !== node.retracting) fail(undefined, `miscounts the retractions of ${node.id}`);
  if (node.remote?.announced === true && node.remote.link === undefined) {
    fail(undefined, `takes ${node.id} for announced without a link`);
  }
  return node.leases.size;
}

function fail(job: JobRecord | undefined, rule: string): never {
  const subject = job === undefined ? "the scheduler" : `job ${job.id} (${job.phase.kind})`;
  throw new Error(`Invariant broken: ${subject} ${rule}`);
}
