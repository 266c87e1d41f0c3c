import { assertNever } from "../../proto/states.ts";
import type { JobRecord, NodeRecord, SchedulerState } from "./state.ts";

/**
 * Checks that the state contradicts itself nowhere. Tests and the simulation call it after every step.
 *
 * @throws {Error} Naming the first broken rule and the job or node that breaks it.
 */
export function checkInvariants(state: SchedulerState): void {
  const waiting = checkQueue(state);
  let queued = 0;
  let leased = 0;
  for (const job of state.jobs.values()) {
    if (job.phase.kind === "queued") {
      queued += 1;
      if (!waiting.has(job)) fail(job, "is queued and is not in the queue");
    }
    leased += checkPhase(state, job);
    if (job.attempt > job.lease) fail(job, "has more attempts than leases");
    if (job.failures > job.policy.retries) fail(job, "failed more often than its retries allow");
    if (job.losses > job.policy.maxLosses) fail(job, "was lost more often than allowed");
  }
  if (queued !== state.queued) fail(undefined, `counts ${state.queued} queued jobs, has ${queued}`);
  let held = 0;
  for (const node of state.nodes.values()) held += checkNode(node);
  if (held !== leased) fail(undefined, `has ${held} leases on nodes for ${leased} leased jobs`);
}

/** Returns the jobs of the queue whose entries count. */
function checkQueue(state: SchedulerState): Set<JobRecord> {
  const waiting = new Set<JobRecord>();
  if (state.queue.size === 0) return waiting;
  for (const job of state.queue) {
    if (job.phase.kind !== "queued") continue;
    if (waiting.has(job)) fail(job, "is in the queue twice");
    waiting.add(job);
  }
  return waiting;
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
  return node.leases.size;
}

function fail(job: JobRecord | undefined, rule: string): never {
  const subject = job === undefined ? "the scheduler" : `job ${job.id} (${job.phase.kind})`;
  throw new Error(`Invariant broken: ${subject} ${rule}`);
}
