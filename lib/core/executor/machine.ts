import type { LeaseRef } from "../../proto/jobs.ts";
import type { SchedulerToNode } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import type { Link } from "../shared/link.ts";
import type { ExecutorEffect } from "./effects.ts";
import type { ExecutorEvent } from "./events.ts";
import {
  assign,
  drop,
  expireLeases,
  expiresAtMs,
  onEnded,
  onReturned,
  onStarted,
  retract,
  stop,
} from "./leases.ts";
import type { ExecutorState } from "./state.ts";
import { Turn } from "./turn.ts";

/**
 * A node of a shared scheduler: keeps account of the leases that its slots have and of the ends it owes.
 *
 * It is pure, as the scheduler is; docs/STATES.md tells what it does.
 *
 * @param state Changed in place.
 * @param events What happened since the last step, oldest first.
 * @param nowMs The node's monotonic clock, in milliseconds.
 * @returns Effects, in the order in which to perform them.
 */
export function step(
  state: ExecutorState,
  events: readonly ExecutorEvent[],
  nowMs: number,
): ExecutorEffect[] {
  const turn = new Turn(state, nowMs);
  for (const event of events) apply(turn, event);
  expireLeases(turn);
  saveEnds(turn);
  const effects = turn.finish();
  noteDrained(turn, effects);
  return effects;
}

/** When `step` must be called again even if nothing happens; undefined if only events matter. */
export function nextWakeMs(state: ExecutorState): number | undefined {
  const { unsavedSinceMs } = state.outbox;
  const saveMs = unsavedSinceMs === undefined ? Infinity : unsavedSinceMs + state.saveAfterMs;
  const wakeMs = Math.min(saveMs, expiresAtMs(state), waitsUntilMs(state));
  return wakeMs === Infinity ? undefined : wakeMs;
}

function apply(turn: Turn, event: ExecutorEvent): void {
  const { state } = turn;
  switch (event.type) {
    case "linkUp":
      state.link = event.link;
      state.greeted = false;
      state.silentSinceMs = undefined;
      state.cutSinceMs ??= turn.nowMs;
      return;
    case "linkDown":
      if (state.link !== event.link) return;
      state.link = undefined;
      state.cutSinceMs ??= Math.min(event.sinceMs, state.silentSinceMs ?? Infinity);
      state.silentSinceMs = undefined;
      state.greeted = false;
      return;
    case "silent":
      if (state.link === event.link) state.silentSinceMs = event.sinceMs;
      return;
    case "message":
      return onMessage(turn, event.link, event.message);
    case "started":
      return onStarted(turn, event.lease, event.startedAtMs);
    case "ended":
      return onEnded(turn, event.lease, event.outcome, event.runMs);
    case "returned":
      return onReturned(turn, event.lease);
    case "slots":
      state.slots = event.slots;
      return turn.send({ type: "slots", slots: event.slots });
    case "drain":
      return drain(turn);
    case "tick":
      return;
    default:
      assertNever(event);
  }
}

function onMessage(turn: Turn, link: Link, message: SchedulerToNode): void {
  const { state } = turn;
  if (link !== state.link) return;
  if (message.type === "welcome") return onWelcome(turn, link, message);
  // Nobody who was refused has a say.
  if (!state.greeted) return;
  // Whatever follows the greeting answers the announcement: the scheduler has heard of this node.
  state.cutSinceMs = undefined;
  switch (message.type) {
    case "assign":
      return assign(turn, message.leases);
    case "retract":
      return each(turn, message.leases, retract);
    case "stop":
      return each(turn, message.leases, stop);
    case "drop":
      return each(turn, message.leases, drop);
    case "ack":
      for (const lease of message.leases) turn.forget(lease);
      return;
    default:
      assertNever(message);
  }
}

function each(
  turn: Turn,
  leases: readonly LeaseRef[],
  act: (turn: Turn, lease: LeaseRef) => void,
): void {
  for (const lease of leases) act(turn, lease);
}

function onWelcome(
  turn: Turn,
  link: Link,
  { scheduler, epoch, lostMs }: Extract<SchedulerToNode, { type: "welcome" }>,
): void {
  const { state } = turn;
  if (scheduler !== state.scheduler) forgetScheduler(turn);
  else if (epoch < state.epoch) {
    turn.effects.push({ type: "refuse", link, epoch });
    return;
  }
  state.scheduler = scheduler;
  state.epoch = epoch;
  state.lostMs = lostMs;
  state.greeted = true;
  announce(turn);
}

/** What was done for another scheduler is of no use to this one. */
function forgetScheduler(turn: Turn): void {
  for (const { lease } of turn.state.held.values()) drop(turn, lease);
  for (const end of turn.state.outbox.ends) turn.forget(end);
}

function announce(turn: Turn): void {
  const { instance, slots, draining, held, outbox } = turn.state;
  const leases = [...held.values()].filter((one) => !one.void).map(({ lease, phase }) => {
    const startedAtMs = phase.kind === "waiting" ? undefined : phase.startedAtMs;
    return {
      ...lease,
      runningMs: startedAtMs === undefined ? undefined : turn.nowMs - startedAtMs,
    };
  });
  const { ends } = outbox;
  const refs = ends.map(({ job, lease, epoch }) => ({ job, lease, epoch }));
  turn.send({ type: "announce", instance, slots, draining, held: leases, outbox: refs });
  if (ends.length > 0) turn.send({ type: "done", ends });
}

function drain(turn: Turn): void {
  const { state } = turn;
  if (state.draining) return;
  state.draining = true;
  turn.send({ type: "draining" });
  for (const { lease, phase } of state.held.values()) {
    if (phase.kind === "waiting") turn.effects.push({ type: "retract", lease });
  }
}

/** Puts ends on disk that were not acknowledged in time, or cannot be while there is no link. */
function saveEnds(turn: Turn): void {
  const { outbox, greeted, saveAfterMs } = turn.state;
  const ends = outbox.takeUnsaved(turn.nowMs, greeted ? saveAfterMs : 0);
  for (const end of ends) turn.save(end);
}

function noteDrained({ state, nowMs }: Turn, effects: ExecutorEffect[]): void {
  if (!state.draining || state.drained || state.held.size > 0) return;
  if (state.outbox.size > 0 && waitsUntilMs(state) > nowMs) return;
  state.drained = true;
  effects.push({ type: "drained" });
}

/**
 * How long a node that drains waits for a scheduler which is out of reach; Infinity where there is another reason to
 * wait, or none. The ends are on disk, and later the scheduler would take them for lost.
 */
function waitsUntilMs(
  { draining, drained, held, link, cutSinceMs, lostMs }: ExecutorState,
): number {
  if (!draining || drained || held.size > 0 || link !== undefined) return Infinity;
  return (cutSinceMs ?? -Infinity) + lostMs;
}
