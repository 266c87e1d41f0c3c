import type { NodeId } from "../../proto/ids.ts";
import type { Ending, Outcome } from "../../proto/jobs.ts";
import { assertNever } from "../../proto/states.ts";
import { backoffDelayMs } from "../shared/backoff.ts";
import { requeue } from "./queue.ts";
import type { JobRecord } from "./records.ts";
import { keepResult } from "./results.ts";
import type { Turn } from "./turn.ts";

const ended = { kind: "ended" } as const;

/** The attempt never began: nobody is to blame for that. */
export function onReturned(turn: Turn, job: JobRecord, node: NodeId): void {
  job.attempt -= 1;
  if (isGivenUp(job)) return settle(turn, job, { status: "cancelled" }, node, 0);
  waitAgain(turn, job);
  requeue(turn.state, job);
}

/** The node that held the job is lost, or gave the attempt up. */
export function onLost(turn: Turn, job: JobRecord, node: NodeId, runMs = 0): void {
  if (isGivenUp(job)) return settle(turn, job, { status: "cancelled" }, node, runMs);
  job.losses += 1;
  if (!job.policy.reentrant || job.losses > job.policy.maxLosses) {
    return settle(turn, job, { status: "abandoned" }, node, runMs);
  }
  waitAgain(turn, job);
  requeue(turn.state, job);
}

/** The attempt has ended. */
export function onDone(
  turn: Turn,
  job: JobRecord,
  { outcome, node, runMs }: {
    readonly outcome: Outcome;
    readonly node: NodeId;
    readonly runMs: number;
  },
): void {
  // A result that was complete before the stop arrived is still a result.
  if (outcome.kind === "finished") {
    return settle(turn, job, { status: "finished", detail: outcome.detail }, node, runMs);
  }
  if (isCancelled(job)) return settle(turn, job, { status: "cancelled" }, node, runMs);
  if (outcome.kind === "expired") return onLost(turn, job, node, runMs);
  job.failures += 1;
  const mayRetry = job.failures <= job.policy.retries && !job.withdrawn;
  if (mayRetry) return delay(turn, job);
  settle(turn, job, terminatedBy(outcome), node, runMs);
}

function isCancelled(job: JobRecord): boolean {
  return job.phase.kind === "stopping" && job.phase.why === "cancelled";
}

/** Whether its owner does not want another attempt. */
function isGivenUp(job: JobRecord): boolean {
  return isCancelled(job) || job.withdrawn;
}

function terminatedBy(outcome: Exclude<Outcome, { kind: "finished" | "expired" }>): Ending {
  switch (outcome.kind) {
    case "threw":
    case "crashed":
      return { status: "terminated", reason: outcome.kind, detail: outcome.detail };
    case "stopped":
      return { status: "terminated", reason: "timeout", detail: undefined };
    default:
      return assertNever(outcome);
  }
}

function delay(turn: Turn, job: JobRecord): void {
  const { state, nowMs } = turn;
  const delayMs = backoffDelayMs(job.policy.backoff, job.failures, state.random());
  job.phase = { kind: "delayed", untilMs: nowMs + delayMs };
  state.delayed.push(nowMs + delayMs, job);
  waitAgain(turn, job);
  if (job.shared !== undefined) return;
  turn.effects.push({ type: "retry", job: job.id, failures: job.failures, delayMs });
}

/** Has it written down that the job holds no lease, if the journal thinks it does or has to know why. */
function waitAgain(turn: Turn, job: JobRecord): void {
  const { shared, id, lease, attempt, failures, losses } = job;
  if (shared === undefined) return;
  shared.instance = undefined;
  if (!shared.leaseOnRecord && failures + losses === 0) return;
  shared.leaseOnRecord = false;
  turn.persist({ type: "waiting", job: id, lease, attempt, failures, losses });
}

/** Ends a job that holds no lease any more. */
export function settle(
  turn: Turn,
  job: JobRecord,
  ending: Ending,
  node: NodeId | undefined,
  runMs: number,
): void {
  const { id, attempt, shared, cluster } = job;
  cluster.open -= 1;
  if (shared !== undefined) return keepResult(turn, job, shared, { ending, node, runMs });
  turn.state.jobs.delete(id);
  job.phase = ended;
  turn.effects.push({ type: "settle", job: id, ending, node, attempt, runMs });
}
