import { assertNever } from "../../proto/states.ts";
import { onClientDown, onClientSays } from "./clients.ts";
import type { LocalEffect, SchedulerEffect } from "./effects.ts";
import type { LocalEvent, SchedulerEvent } from "./events.ts";
import { cancel, onSubmit, stopOverdue, wakeDelayed, withdraw } from "./jobs.ts";
import { onLeaseEvent } from "./leases.ts";
import { onNodeDown, onNodeUp } from "./nodes.ts";
import { place } from "./placement.ts";
import { loseNodes, onNodeLinkDown, onNodeLinkUp, onNodeSays, onNodeSuspect } from "./remote.ts";
import { expireResults, nextExpiryMs } from "./results.ts";
import { onStart } from "./start.ts";
import type { SchedulerState } from "./state.ts";
import { Turn } from "./turn.ts";

/**
 * The scheduler: takes what happened, changes its state, and says what is to be done.
 *
 * It is pure: no clock, no randomness of its own, no I/O. The only way to change a {@link SchedulerState} is through
 * here, and the caller performs the effects in their order.
 *
 * @param state Changed in place.
 * @param events What happened since the last step, oldest first. Give many at once: placing is done once per step.
 * @param nowMs The caller's monotonic clock, in milliseconds; never less than in the step before.
 * @returns Effects, in the order in which to perform them. Where all events are local, so are the effects.
 */
export function step(
  state: SchedulerState,
  events: readonly LocalEvent[],
  nowMs: number,
): LocalEffect[];
export function step(
  state: SchedulerState,
  events: readonly SchedulerEvent[],
  nowMs: number,
): SchedulerEffect[];
export function step(
  state: SchedulerState,
  events: readonly SchedulerEvent[],
  nowMs: number,
): SchedulerEffect[] {
  const turn = new Turn(state, nowMs);
  for (const event of events) apply(turn, event);
  wakeDelayed(turn);
  stopOverdue(turn);
  loseNodes(turn);
  expireResults(turn);
  place(turn);
  return turn.finish();
}

/**
 * When `step` must be called again even if nothing happens: the end of a backoff, a time limit, a stalled node, a node
 * that was away for too long, a result that expires. At times nothing is to be done then.
 *
 * @returns A time of the caller's clock in milliseconds, or undefined if only events matter.
 */
export function nextWakeMs(state: SchedulerState): number | undefined {
  const { delayed, deadlines, away, index } = state;
  let wakeMs = index.stallWakeMs;
  for (const key of [delayed.minKey, deadlines.minKey, away.minKey, nextExpiryMs(state)]) {
    if (key !== undefined && (wakeMs === undefined || key < wakeMs)) wakeMs = key;
  }
  return wakeMs;
}

function apply(turn: Turn, event: SchedulerEvent): void {
  switch (event.type) {
    case "submit":
      return onSubmit(turn.state, event.job, event.policy);
    case "cancel":
    case "withdraw": {
      const job = turn.state.jobs.get(event.job);
      if (job !== undefined) (event.type === "cancel" ? cancel : withdraw)(turn, job);
      return;
    }
    case "nodeUp":
      return onNodeUp(turn, event.node, event.slots);
    case "nodeDown":
      return onNodeDown(turn, event.node);
    case "started":
    case "done":
    case "returned":
      return onLeaseEvent(turn, event);
    case "tick":
      return;
    case "start":
      return onStart(turn, event.scheduler);
    case "clientUp":
      turn.state.clients.set(event.link, event.owner);
      return;
    case "clientDown":
      return onClientDown(turn, event.link);
    case "clientSays":
      return onClientSays(turn, event.link, event.message);
    case "nodeLinkUp":
      return onNodeLinkUp(turn, event.node, event.link);
    case "nodeLinkDown":
      return onNodeLinkDown(turn, event.node, event.link);
    case "nodeSuspect":
      return onNodeSuspect(turn, event.node, event.link, event.silentSinceMs);
    case "nodeSays":
      return onNodeSays(turn, event.node, event.link, event.message);
    default:
      assertNever(event);
  }
}
