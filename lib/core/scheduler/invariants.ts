import { assertNever } from "../../proto/states.ts";
import type { JobRecord, NodeRecord, SchedulerState } from "./state.ts";

/**
 * Checks that the state contradicts itself nowhere. Tests and the simulation call it after every step.
 *
 * @throws {Error} Naming the first broken rule and the job or node that breaks it.
 */
export function checkInvariants(state: SchedulerState): void {
  const queueEntries = new Map<JobRecord, number>();
  for (const job of state.queue) queueEntries.set(job, (queueEntries.get(job) ?? 0) + 1);
  let queued = 0;
  let leased = 0;
  for (const job of state.jobs.values()) {
    if (job.phase.kind === "queued") {
      queued += 1;
      require(queueEntries.get(job) === 1, job, "is queued and is not in the queue exactly once");
    }
    leased += checkPhase(state, job);
    require(job.attempt <= job.lease, job, "has more attempts than leases");
    require(job.failures <= job.policy.retries, job, "failed more often than its retries allow");
    require(job.losses <= job.policy.maxLosses, job, "was lost more often than allowed");
  }
  require(queued === state.queued, undefined, `counts ${state.queued} queued jobs, has ${queued}`);
  let held = 0;
  for (const node of state.nodes.values()) held += checkNode(node);
  require(held === leased, undefined, `has ${held} leases on nodes for ${leased} leased jobs`);
}

/** Returns 1 if the job holds a lease. */
function checkPhase(state: SchedulerState, job: JobRecord): number {
  switch (job.phase.kind) {
    case "queued":
    case "delayed":
      return 0;
    case "assigned":
    case "retracting":
    case "running":
    case "stopping": {
      const node = state.nodes.get(job.phase.node);
      require(node?.leases.get(job.id) === job, job, `is not on node ${job.phase.node}`);
      require(job.attempt >= 1, job, "holds a lease without an attempt");
      return 1;
    }
    case "ended":
      require(false, job, "has ended and is not forgotten");
      return 0;
    default:
      return assertNever(job.phase);
  }
}

function checkNode(node: NodeRecord): number {
  let retracting = 0;
  for (const job of node.leases.values()) if (job.phase.kind === "retracting") retracting += 1;
  require(retracting === node.retracting, undefined, `miscounts the retractions of ${node.id}`);
  return node.leases.size;
}

function require(holds: boolean, job: JobRecord | undefined, rule: string): void {
  if (holds) return;
  const subject = job === undefined ? "the scheduler" : `job ${job.id} (${job.phase.kind})`;
  throw new Error(`Invariant broken: ${subject} ${rule}`);
}
