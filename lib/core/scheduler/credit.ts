import type { NodeRecord } from "./records.ts";

/** Bounds of prefetching: how much work is sent to a node ahead of its need. */
export type PrefetchOptions = {
  /** A slot holds about this much work, measured in the run time of its jobs. */
  readonly targetMs: number;
  /** A slot never holds more jobs than this. */
  readonly maxPerSlot: number;
  /** Work on a node that made no progress for this long is offered to idle slots, however short its jobs were. */
  readonly stallMs: number;
};

/** Prefetch bounds that the measurements in `bench/` support. */
export const defaultPrefetch: PrefetchOptions = { targetMs: 8, maxPerSlot: 512, stallMs: 10 };

/** Retracted work must be worth at least this much run time, or moving it costs more than waiting. */
const worthMovingMs = 1;
/** Nor is work worth moving whose jobs take less than to ask for one, take it back and send it again. */
const movingCostMs = 0.05;

/** Whether a node may be given work now. */
export function isUsable({ remote }: NodeRecord): boolean {
  return remote === undefined || (remote.announced && !remote.suspect && !remote.draining);
}

/**
 * How many leases a node may hold: its slots, plus work ahead sized by how long its jobs take, so that jobs of
 * microseconds travel in hundreds and jobs of seconds one by one.
 */
export function creditOf(prefetch: PrefetchOptions, node: NodeRecord, nowMs: number): number {
  const { targetMs, maxPerSlot } = prefetch;
  // What is sent to a node that does not move would only have to be taken back.
  if (isStalled(prefetch, node, nowMs)) return node.slots;
  // Until a duration is known, one job ahead hides the way to the node and risks little.
  if (node.meanRunMs === undefined) return node.slots * Math.min(2, maxPerSlot);
  const ahead = Math.floor(targetMs / Math.max(node.meanRunMs, 1e-4));
  return node.slots * Math.min(1 + ahead, maxPerSlot);
}

/** Of fewer jobs ahead than this, each is replaced as it ends; of more, a quarter at a time. */
const fewAhead = 16;

/**
 * How many leases the node may be sent now. Where many are sent ahead, none until there is room for some together: each
 * message costs as much as several short jobs, and what is answered in small pieces would be refilled in small pieces for
 * ever.
 */
export function roomOf(prefetch: PrefetchOptions, node: NodeRecord, nowMs: number): number {
  const credit = creditOf(prefetch, node, nowMs);
  const room = Math.max(0, credit - node.leases.size);
  const ahead = credit - node.slots;
  return ahead >= fewAhead && room < ahead / 4 ? 0 : room;
}

/** Work that waits on the node beyond what its slots run now. */
export function backlogOf(node: NodeRecord): number {
  return node.leases.size - node.slots - node.retracting;
}

/** One expression for the time to wake and for what is found then: rounded in two ways, a wake would find nothing. */
export function stalledAtMs(prefetch: PrefetchOptions, node: NodeRecord): number {
  return node.lastProgressMs + prefetch.stallMs;
}

/** Whether nothing has ended on the node for long, because its jobs take longer than those before. */
function isStalled(prefetch: PrefetchOptions, node: NodeRecord, nowMs: number): boolean {
  return node.leases.size > 0 && nowMs >= stalledAtMs(prefetch, node);
}

/** Whether the backlog is long, or has stopped moving. */
export function isWorthMoving(
  prefetch: PrefetchOptions,
  node: NodeRecord,
  nowMs: number,
): boolean {
  const backlog = backlogOf(node);
  if (backlog <= 0) return false;
  if (isStalled(prefetch, node, nowMs)) return true;
  const { meanRunMs = 0 } = node;
  return meanRunMs >= movingCostMs && backlog * meanRunMs >= worthMovingMs;
}
