import type { SchedulerToClient } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import type { Link } from "../shared/link.ts";
import type { SessionEffect, SessionEnd } from "./effects.ts";
import type { SessionEvent } from "./events.ts";
import {
  addJob,
  giveUp,
  onAccepted,
  onAttachedJobs,
  onRefused,
  onResults,
  sendJobs,
  unblock,
} from "./jobs.ts";
import type { SessionState } from "./state.ts";
import { Turn } from "./turn.ts";

/**
 * A client of a shared scheduler: sees to it that every job is accepted once and every result delivered once.
 *
 * It is pure, as the scheduler is; docs/STATES.md tells what it does.
 *
 * @param state Changed in place.
 * @param events What happened since the last step, oldest first.
 * @param nowMs The client's monotonic clock, in milliseconds.
 * @returns Effects, in the order in which to perform them.
 */
export function step(
  state: SessionState,
  events: readonly SessionEvent[],
  nowMs: number,
): SessionEffect[] {
  const turn = new Turn(state, nowMs);
  for (const event of events) if (!state.over) apply(turn, event);
  if (state.over) return turn.finish();
  if ((state.retryAtMs ?? Infinity) <= nowMs) unblock(state);
  if (state.attached) {
    if (state.leaving !== "close") sendJobs(turn);
    leave(turn);
  }
  return turn.finish();
}

/** When `step` must be called again even if nothing happens; undefined if only events matter. */
export function nextWakeMs(state: SessionState): number | undefined {
  return state.over ? undefined : state.retryAtMs;
}

function apply(turn: Turn, event: SessionEvent): void {
  const { state } = turn;
  switch (event.type) {
    case "linkUp":
      state.link = event.link;
      state.attached = false;
      return turn.send(state.target);
    case "linkDown":
      if (state.link !== event.link) return;
      state.link = undefined;
      state.attached = false;
      return;
    case "message":
      return onMessage(turn, event.link, event.message);
    case "submit":
      return addJob(state, event);
    case "cancel":
    case "withdraw":
      return giveUp(turn, event.job, event.type);
    case "detach":
      state.leaving ??= "detach";
      return;
    case "close":
      if (state.leaving === "detach") state.asked = false;
      state.leaving = "close";
      return;
    case "tick":
      return;
    default:
      assertNever(event);
  }
}

function onMessage(turn: Turn, link: Link, message: SchedulerToClient): void {
  const { state } = turn;
  if (link !== state.link) return;
  if (message.type === "attached") return onAttached(turn, message);
  if (message.type === "unattached") return onUnattached(turn, message.why);
  if (message.cluster !== state.cluster || !state.attached) return;
  switch (message.type) {
    case "detached":
      // Whoever changed their mind waits for `closed`.
      if (state.leaving === "close") return;
      return over(turn, state.leaving === "detach" ? "detached" : "taken");
    case "closed":
      return over(turn, "closed");
    case "accepted":
      return onAccepted(turn, message.jobs);
    case "refused":
      return onRefused(turn, message.jobs);
    case "running": {
      const { job, node, attempt, runningMs } = message;
      if (state.jobs.has(job)) {
        turn.effects.push({ type: "running", job, node, attempt, runningMs });
      }
      return;
    }
    case "results":
      return onResults(turn, message.results);
    default:
      assertNever(message);
  }
}

function onAttached(turn: Turn, message: Extract<SchedulerToClient, { type: "attached" }>): void {
  const { state } = turn;
  if (state.cluster !== undefined && state.cluster !== message.cluster) return;
  state.cluster = message.cluster;
  state.attached = true;
  state.asked = false;
  turn.effects.push({ type: "attached" });
  onAttachedJobs(turn, message.known, message.forgotten);
}

function onUnattached(
  turn: Turn,
  why: Extract<SchedulerToClient, { type: "unattached" }>["why"],
): void {
  // What is not there any more is closed.
  if (why === "unknown" && turn.state.leaving === "close") return over(turn, "closed");
  over(turn, why === "taken" ? "nameTaken" : why);
}

function over(turn: Turn, why: SessionEnd): void {
  turn.state.over = true;
  turn.effects.push({ type: "ended", why });
}

/** Asks to be let go once nothing is left to be said. */
function leave(turn: Turn): void {
  const { state } = turn;
  const { cluster, leaving, asked, jobs, accepted } = state;
  if (cluster === undefined || leaving === undefined || asked) return;
  if (leaving === "detach" && jobs.size > accepted) return;
  state.asked = true;
  turn.send({ type: leaving, cluster });
}
