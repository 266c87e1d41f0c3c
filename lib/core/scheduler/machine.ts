import type { NodeId } from "../../proto/ids.ts";
import type { Ending, Outcome } from "../../proto/jobs.ts";
import { assertNever } from "../../proto/states.ts";
import { backoffDelayMs } from "../shared/backoff.ts";
import type { SchedulerEffect } from "./effects.ts";
import type { SchedulerEvent } from "./events.ts";
import { place, releaseLease, stallWakeMs } from "./placement.ts";
import type { JobRecord, NodeRecord, SchedulerState } from "./state.ts";

type EventOf<Type extends SchedulerEvent["type"]> = Extract<SchedulerEvent, { type: Type }>;
/** What a node says of a lease it holds, or held. */
type LeaseEvent = EventOf<"started" | "done" | "returned">;

/**
 * The scheduler: takes what happened, changes its state, and says what is to be done.
 *
 * It is pure: no clock, no randomness of its own, no I/O. The only way to change a {@link SchedulerState} is through
 * here, and the caller performs the effects in their order.
 *
 * @param state Changed in place.
 * @param events What happened since the last step, oldest first. Give many at once: placing is done once per step.
 * @param nowMs The caller's monotonic clock, in milliseconds; never less than in the step before.
 * @returns Effects, in the order in which to perform them.
 */
export function step(
  state: SchedulerState,
  events: readonly SchedulerEvent[],
  nowMs: number,
): SchedulerEffect[] {
  const effects: SchedulerEffect[] = [];
  for (const event of events) apply(state, event, nowMs, effects);
  wakeDelayed(state, nowMs);
  stopOverdue(state, nowMs, effects);
  place(state, nowMs, effects);
  return effects;
}

/**
 * When `step` must be called again even if nothing happens: the end of a backoff, a time limit, a stalled node.
 *
 * @param nowMs The time of the last step.
 * @returns A time of the caller's clock in milliseconds, or undefined if only events matter.
 */
export function nextWakeMs(state: SchedulerState, nowMs: number): number | undefined {
  let wakeMs = stallWakeMs(state, nowMs);
  for (const key of [state.delayed.minKey, state.deadlines.minKey]) {
    if (key !== undefined && (wakeMs === undefined || key < wakeMs)) wakeMs = key;
  }
  return wakeMs;
}

function apply(
  state: SchedulerState,
  event: SchedulerEvent,
  nowMs: number,
  effects: SchedulerEffect[],
): void {
  switch (event.type) {
    case "submit":
      return onSubmit(state, event);
    case "cancel":
      return onCancel(state, event, effects);
    case "withdraw":
      return onWithdraw(state, event, effects);
    case "nodeUp":
      return onNodeUp(state, event, nowMs);
    case "nodeDown":
      return onNodeDown(state, event.node, effects);
    case "started":
    case "done":
    case "returned":
      return onLeaseEvent(state, event, nowMs, effects);
    case "tick":
      return;
    default:
      assertNever(event);
  }
}

function onSubmit(state: SchedulerState, event: EventOf<"submit">): void {
  // A submit may be repeated by a client that did not hear the answer; the id makes it harmless.
  if (state.jobs.has(event.job)) return;
  const job: JobRecord = {
    id: event.job,
    policy: event.policy,
    phase: queued,
    lease: 0,
    attempt: 0,
    failures: 0,
    losses: 0,
    withdrawn: false,
  };
  state.jobs.set(job.id, job);
  state.queue.pushBack(job);
  state.queued += 1;
}

function onCancel(
  state: SchedulerState,
  event: EventOf<"cancel">,
  effects: SchedulerEffect[],
): void {
  const job = state.jobs.get(event.job);
  if (job === undefined) return;
  switch (job.phase.kind) {
    case "queued":
      state.queued -= 1;
      return settle(state, job, { status: "cancelled" }, undefined, 0, effects);
    case "delayed":
      return settle(state, job, { status: "cancelled" }, undefined, 0, effects);
    case "assigned":
    case "retracting":
    case "running":
      return stop(state, job, job.phase.node, "cancelled", effects);
    case "stopping":
      // A cancel outranks a time limit: the job must not be retried.
      job.phase = { kind: "stopping", node: job.phase.node, why: "cancelled" };
      return;
    case "ended":
      return;
    default:
      assertNever(job.phase);
  }
}

function onWithdraw(
  state: SchedulerState,
  event: EventOf<"withdraw">,
  effects: SchedulerEffect[],
): void {
  const job = state.jobs.get(event.job);
  if (job === undefined) return;
  switch (job.phase.kind) {
    case "queued":
    case "delayed":
      return onCancel(state, { type: "cancel", job: job.id }, effects);
    case "assigned":
      job.withdrawn = true;
      return retract(state, job, job.phase.node, effects);
    case "retracting":
    case "running":
    case "stopping":
      job.withdrawn = true;
      return;
    case "ended":
      return;
    default:
      assertNever(job.phase);
  }
}

function retract(
  state: SchedulerState,
  job: JobRecord,
  node: NodeId,
  effects: SchedulerEffect[],
): void {
  const record = state.nodes.get(node);
  if (record !== undefined) record.retracting += 1;
  job.phase = { kind: "retracting", node };
  effects.push({ type: "retract", node, job: job.id, lease: job.lease });
}

function stop(
  state: SchedulerState,
  job: JobRecord,
  node: NodeId,
  why: "cancelled" | "timeout",
  effects: SchedulerEffect[],
): void {
  const record = state.nodes.get(node);
  if (job.phase.kind === "retracting" && record !== undefined) record.retracting -= 1;
  job.phase = { kind: "stopping", node, why };
  effects.push({ type: "stop", node, job: job.id, lease: job.lease });
}

function onNodeUp(state: SchedulerState, event: EventOf<"nodeUp">, nowMs: number): void {
  if (state.nodes.has(event.node)) return;
  state.nodes.set(event.node, {
    id: event.node,
    slots: event.slots,
    leases: new Map(),
    meanRunMs: undefined,
    lastProgressMs: nowMs,
    retracting: 0,
  });
}

function onNodeDown(state: SchedulerState, nodeId: NodeId, effects: SchedulerEffect[]): void {
  const node = state.nodes.get(nodeId);
  if (node === undefined) return;
  state.nodes.delete(nodeId);
  // Youngest first, because each one is put before the queue: the oldest is then placed first.
  for (const job of [...node.leases.values()].reverse()) onLost(state, job, nodeId, effects);
}

function onLost(
  state: SchedulerState,
  job: JobRecord,
  node: NodeId,
  effects: SchedulerEffect[],
): void {
  if (isCancelled(job) || job.withdrawn) {
    return settle(state, job, { status: "cancelled" }, node, 0, effects);
  }
  job.losses += 1;
  if (!job.policy.reentrant || job.losses > job.policy.maxLosses) {
    return settle(state, job, { status: "abandoned" }, node, 0, effects);
  }
  requeue(state, job);
}

function onLeaseEvent(
  state: SchedulerState,
  event: LeaseEvent,
  nowMs: number,
  effects: SchedulerEffect[],
): void {
  const node = state.nodes.get(event.node);
  const job = node?.leases.get(event.job);
  // What is said of an older lease, or by a node that was given up, changes nothing.
  if (node === undefined || job === undefined || job.lease !== event.lease) return;
  switch (event.type) {
    case "started":
      return onStarted(state, node, job, event, effects);
    case "returned":
      releaseLease(node, job);
      return onReturned(state, job, node.id, effects);
    case "done": {
      releaseLease(node, job);
      node.lastProgressMs = nowMs;
      const { meanRunMs } = node;
      node.meanRunMs = meanRunMs === undefined
        ? event.runMs
        : meanRunMs + (event.runMs - meanRunMs) / 8;
      return onDone(state, job, event, nowMs, effects);
    }
    default:
      assertNever(event);
  }
}

function onStarted(
  state: SchedulerState,
  node: NodeRecord,
  job: JobRecord,
  event: EventOf<"started">,
  effects: SchedulerEffect[],
): void {
  // Told twice, or while it is being stopped: nothing new.
  if (job.phase.kind === "running" || job.phase.kind === "stopping") return;
  if (job.phase.kind === "retracting") node.retracting -= 1;
  const deadlineMs = event.startedAtMs + (job.policy.timeoutMs ?? Infinity);
  job.phase = { kind: "running", node: node.id, deadlineMs };
  if (deadlineMs < Infinity) state.deadlines.push(deadlineMs, { job, lease: job.lease });
  const { attempt } = job;
  const { startedAtMs } = event;
  effects.push({ type: "running", job: job.id, node: node.id, attempt, startedAtMs });
}

function isCancelled(job: JobRecord): boolean {
  return job.phase.kind === "stopping" && job.phase.why === "cancelled";
}

function onReturned(
  state: SchedulerState,
  job: JobRecord,
  node: NodeId,
  effects: SchedulerEffect[],
): void {
  job.attempt -= 1; // It never began.
  if (isCancelled(job) || job.withdrawn) {
    return settle(state, job, { status: "cancelled" }, node, 0, effects);
  }
  requeue(state, job);
}

function onDone(
  state: SchedulerState,
  job: JobRecord,
  event: EventOf<"done">,
  nowMs: number,
  effects: SchedulerEffect[],
): void {
  const { outcome, node, runMs } = event;
  // A result that was complete before the stop arrived is still a result.
  if (outcome.kind === "finished") {
    const ending: Ending = { status: "finished", detail: outcome.detail };
    return settle(state, job, ending, node, runMs, effects);
  }
  if (isCancelled(job)) {
    return settle(state, job, { status: "cancelled" }, node, runMs, effects);
  }
  if (outcome.kind === "expired") return onLost(state, job, node, effects);
  job.failures += 1;
  const mayRetry = job.failures <= job.policy.retries && !job.withdrawn;
  if (mayRetry) return delay(state, job, nowMs, effects);
  settle(state, job, terminatedBy(outcome), node, runMs, effects);
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

function delay(
  state: SchedulerState,
  job: JobRecord,
  nowMs: number,
  effects: SchedulerEffect[],
): void {
  const delayMs = backoffDelayMs(job.policy.backoff, job.failures, state.random());
  job.phase = { kind: "delayed", untilMs: nowMs + delayMs };
  state.delayed.push(nowMs + delayMs, job);
  effects.push({ type: "retry", job: job.id, failures: job.failures, delayMs });
}

const queued = { kind: "queued" } as const;

/** Puts a job back at the head of the queue: it has waited its turn already. */
function requeue(state: SchedulerState, job: JobRecord): void {
  job.phase = queued;
  state.queue.pushFront(job);
  state.queued += 1;
}

function settle(
  state: SchedulerState,
  job: JobRecord,
  ending: Ending,
  node: NodeId | undefined,
  runMs: number,
  effects: SchedulerEffect[],
): void {
  state.jobs.delete(job.id);
  job.phase = ended;
  effects.push({ type: "settle", job: job.id, ending, node, attempt: job.attempt, runMs });
}

const ended = { kind: "ended" } as const;

function wakeDelayed(state: SchedulerState, nowMs: number): void {
  while ((state.delayed.minKey ?? Infinity) <= nowMs) {
    const job = state.delayed.pop();
    if (job === undefined || job.phase.kind !== "delayed") continue;
    job.phase = queued;
    state.queue.pushBack(job);
    state.queued += 1;
  }
}

function stopOverdue(state: SchedulerState, nowMs: number, effects: SchedulerEffect[]): void {
  while ((state.deadlines.minKey ?? Infinity) <= nowMs) {
    const entry = state.deadlines.pop();
    if (entry === undefined || entry.job.phase.kind !== "running") continue;
    if (entry.job.lease !== entry.lease) continue;
    stop(state, entry.job, entry.job.phase.node, "timeout", effects);
  }
}
