import { assertNever } from "../../proto/states.ts";
import type { LeaseRef, Outcome } from "../../proto/jobs.ts";
import { refund, settleCharge } from "./fairness.ts";
import { onDone, onLost, onReturned } from "./endings.ts";
import type { LocalEvent } from "./events.ts";
import type { JobRecord, NodeRecord, SharedJob } from "./records.ts";
import type { SchedulerState } from "./state.ts";
import type { Turn } from "./turn.ts";

type EventOf<Type extends LocalEvent["type"]> = Extract<LocalEvent, { type: Type }>;
/** What a node says of a lease it holds, or held. */
type LeaseEvent = EventOf<"started" | "done" | "returned">;

/** A node says something of a lease. Of one that is over, and by a node that was given up, it changes nothing. */
export function onLeaseEvent(turn: Turn, event: LeaseEvent): void {
  const node = turn.state.nodes.get(event.node);
  const job = node?.leases.get(event.job);
  if (node === undefined || job === undefined || job.lease !== event.lease) return;
  switch (event.type) {
    case "started":
      return onStarted(turn, node, job, event.startedAtMs);
    case "returned":
      return takeBack(turn, node, job);
    case "done":
      return endLease(turn, node, job, event);
    default:
      assertNever(event);
  }
}

/** The attempt never began. */
export function takeBack(turn: Turn, node: NodeRecord, job: JobRecord): void {
  releaseLease(turn.state, node, job);
  refund(job.cluster);
  onReturned(turn, job, node.id);
}

/** The attempt has ended. */
export function endLease(
  turn: Turn,
  node: NodeRecord,
  job: JobRecord,
  { outcome, runMs }: { readonly outcome: Outcome; readonly runMs: number },
): void {
  releaseLease(turn.state, node, job);
  noteProgress(turn, node, runMs);
  settleCharge(job.cluster, runMs);
  onDone(turn, job, { outcome, node: node.id, runMs });
}

/** A node is gone with all that it held. */
export function loseLeases(turn: Turn, node: NodeRecord, lost: readonly JobRecord[]): void {
  // Youngest first, because each one is put before the queue: the oldest is then placed first.
  for (const job of [...lost].reverse()) {
    releaseLease(turn.state, node, job);
    onLost(turn, job, node.id);
  }
}

/** Asks a node to give a lease back if it has not begun. */
export function retract(turn: Turn, job: JobRecord, node: NodeRecord): void {
  node.retracting += 1;
  turn.state.index.touch(node);
  job.phase = { kind: "retracting", node: node.id };
  ask(turn, "retract", job, node);
}

/** Has an attempt stopped for certain. */
export function stop(turn: Turn, job: JobRecord, why: "cancelled" | "timeout"): void {
  const node = holderOf(turn.state, job);
  if (node === undefined) return;
  if (job.phase.kind === "retracting") node.retracting -= 1;
  turn.state.index.touch(node);
  job.phase = { kind: "stopping", node: node.id, why };
  ask(turn, "stop", job, node);
}

/** Tells a node to retract or stop a lease, perhaps again. */
export function ask(
  turn: Turn,
  type: "retract" | "stop",
  job: JobRecord,
  node: NodeRecord,
): void {
  if (job.shared === undefined || node.remote === undefined) {
    turn.effects.push({ type, node: node.id, job: job.id, lease: job.lease });
    return;
  }
  // What waits for the commit before it is sent must not be overtaken.
  turn.mail(node, type, refOf(job, job.shared), !job.policy.reentrant);
}

/** The current lease of a job. */
export function refOf(job: JobRecord, { epoch }: SharedJob): LeaseRef {
  return { job: job.id, lease: job.lease, epoch };
}

/** The node that holds the job's lease; undefined if it holds none. */
export function holderOf(state: SchedulerState, { phase }: JobRecord): NodeRecord | undefined {
  return "node" in phase ? state.nodes.get(phase.node) : undefined;
}

/** Takes the lease of a job off its node, which holds it. */
export function releaseLease(state: SchedulerState, node: NodeRecord, job: JobRecord): void {
  if (job.phase.kind === "retracting") node.retracting -= 1;
  node.leases.delete(job.id);
  job.cluster.leased -= 1;
  state.leased -= 1;
  state.index.touch(node);
}

function noteProgress(turn: Turn, node: NodeRecord, runMs: number): void {
  node.lastProgressMs = turn.nowMs;
  const { meanRunMs } = node;
  node.meanRunMs = meanRunMs === undefined ? runMs : meanRunMs + (runMs - meanRunMs) / 8;
}

/** An attempt is known to have begun. */
export function onStarted(
  turn: Turn,
  node: NodeRecord,
  job: JobRecord,
  startedAtMs: number,
): void {
  // Told twice, or while it is being stopped: nothing new.
  if (job.phase.kind === "running" || job.phase.kind === "stopping") return;
  if (job.phase.kind === "retracting") node.retracting -= 1;
  turn.state.index.touch(node);
  const deadlineMs = startedAtMs + (job.policy.timeoutMs ?? Infinity);
  job.phase = { kind: "running", node: node.id, deadlineMs };
  if (deadlineMs < Infinity) turn.state.deadlines.push(deadlineMs, { job, lease: job.lease });
  recordLease(turn, job, node);
  tellRunning(turn, job, node, startedAtMs);
}

/** Has the lease written down, if it is not yet. */
export function recordLease(turn: Turn, job: JobRecord, node: NodeRecord): void {
  const { shared } = job;
  if (shared === undefined || shared.leaseOnRecord || shared.instance === undefined) return;
  shared.leaseOnRecord = true;
  const { epoch, instance } = shared;
  const { id, lease, attempt } = job;
  turn.persist({ type: "lease", job: id, lease, epoch, attempt, node: node.id, instance });
}

function tellRunning(turn: Turn, job: JobRecord, { id }: NodeRecord, startedAtMs: number): void {
  const { attempt, cluster } = job;
  if (cluster.shared === undefined) {
    turn.effects.push({ type: "running", job: job.id, node: id, attempt, startedAtMs });
    return;
  }
  if (cluster.shared.link === undefined) return;
  const runningMs = turn.nowMs - startedAtMs;
  turn.tellClient(
    cluster.shared.link,
    { type: "running", cluster: cluster.id, job: job.id, node: id, attempt, runningMs },
    false,
  );
}
