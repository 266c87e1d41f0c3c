import type { Lease, SchedulerEffect } from "./effects.ts";
import type { JobRecord, NodeRecord, SchedulerState } from "./state.ts";

/** Retracted work must be worth at least this much run time, or moving it costs more than waiting. */
const worthMovingMs = 1;

/**
 * How many leases a node may hold: its slots, plus work ahead sized by how long its jobs take, so that jobs of
 * microseconds travel in hundreds and jobs of seconds one by one.
 */
export function creditOf(state: SchedulerState, node: NodeRecord, nowMs: number): number {
  const { targetMs, maxPerSlot } = state.prefetch;
  // What is sent to a node that does not move would only have to be taken back.
  if (isStalled(state, node, nowMs)) return node.slots;
  // Until a duration is known, one job ahead hides the way to the node and risks little.
  if (node.meanRunMs === undefined) return node.slots * Math.min(2, maxPerSlot);
  const ahead = Math.floor(targetMs / Math.max(node.meanRunMs, 1e-4));
  return node.slots * Math.min(1 + ahead, maxPerSlot);
}

/** Fills idle slots first, then credits; then offers work that waits behind a busy slot to idle ones. */
export function place(state: SchedulerState, nowMs: number, effects: SchedulerEffect[]): void {
  if (state.queued > 0) {
    fill(state, nowMs, effects, (node) => node.slots);
    fill(state, nowMs, effects, (node) => creditOf(state, node, nowMs));
  }
  if (state.queued === 0) retractForIdle(state, nowMs, effects);
}

/** Hands out jobs in rounds, each node up to its share of a round, so that a short queue is spread evenly. */
function fill(
  state: SchedulerState,
  nowMs: number,
  effects: SchedulerEffect[],
  limitOf: (node: NodeRecord) => number,
): void {
  if (state.queued === 0) return;
  const open: { node: NodeRecord; free: number }[] = [];
  let totalFree = 0;
  for (const node of state.nodes.values()) {
    const free = limitOf(node) - node.leases.size;
    if (free <= 0) continue;
    open.push({ node, free });
    totalFree += free;
  }
  // With less work than room, everyone gets the same part of their room instead of the first one all.
  const part = Math.min(1, state.queued / totalFree);
  open.sort((a, b) => b.free - a.free);
  for (const { node, free } of open) {
    if (state.queued === 0) return;
    if (node.leases.size === 0) node.lastProgressMs = nowMs;
    const leases = takeLeases(state, node, Math.min(free, Math.ceil(free * part)));
    effects.push({ type: "assign", node: node.id, leases });
  }
}

function takeLeases(state: SchedulerState, node: NodeRecord, count: number): Lease[] {
  const leases: Lease[] = [];
  // One phase object serves all jobs of the batch: phases are never changed, only replaced.
  const phase = { kind: "assigned", node: node.id } as const;
  while (leases.length < count) {
    const job = state.queue.shift();
    if (job === undefined) break;
    if (job.phase.kind !== "queued") continue;
    state.queued -= 1;
    job.phase = phase;
    job.lease += 1;
    job.attempt += 1;
    node.leases.set(job.id, job);
    leases.push({ job: job.id, lease: job.lease, attempt: job.attempt });
  }
  return leases;
}

/** Work that waits on the node beyond what its slots run now. */
function backlogOf(node: NodeRecord): number {
  return node.leases.size - node.slots - node.retracting;
}

/** One expression for the time to wake and for what is found then: rounded in two ways, a wake would find nothing. */
function stalledAtMs(state: SchedulerState, node: NodeRecord): number {
  return node.lastProgressMs + state.prefetch.stallMs;
}

/** Whether nothing has ended on the node for long, because its jobs take longer than those before. */
function isStalled(state: SchedulerState, node: NodeRecord, nowMs: number): boolean {
  return node.leases.size > 0 && nowMs >= stalledAtMs(state, node);
}

/** Whether the backlog is long, or has stopped moving. */
function isWorthMoving(state: SchedulerState, node: NodeRecord, nowMs: number): boolean {
  const backlog = backlogOf(node);
  if (backlog <= 0) return false;
  if (isStalled(state, node, nowMs)) return true;
  return node.meanRunMs !== undefined && backlog * node.meanRunMs >= worthMovingMs;
}

/** Asks the nodes with the longest backlog to give back half of it, as much as idle slots can use. */
function retractForIdle(state: SchedulerState, nowMs: number, effects: SchedulerEffect[]): void {
  let idle = 0;
  const loaded: NodeRecord[] = [];
  for (const node of state.nodes.values()) {
    idle += Math.max(0, node.slots - node.leases.size);
    idle -= node.retracting;
    if (isWorthMoving(state, node, nowMs)) loaded.push(node);
  }
  if (idle <= 0 || loaded.length === 0) return;
  loaded.sort((a, b) => backlogOf(b) - backlogOf(a));
  for (const node of loaded) {
    if (idle <= 0) return;
    idle -= retractYoungest(node, Math.ceil(backlogOf(node) / 2), effects);
  }
}

/** Returns how many were asked for: what is being stopped cannot be moved. */
function retractYoungest(node: NodeRecord, count: number, effects: SchedulerEffect[]): number {
  const waiting: JobRecord[] = [];
  let older = 0;
  for (const job of node.leases.values()) {
    // Nodes begin jobs in the order they got them: the oldest are in the slots.
    if (older >= node.slots && job.phase.kind === "assigned") waiting.push(job);
    older += 1;
  }
  const phase = { kind: "retracting", node: node.id } as const;
  const youngest = waiting.slice(Math.max(0, waiting.length - count)).reverse();
  // The youngest comes back first and the older ones in front of it: the queue keeps its order.
  for (const job of youngest) {
    job.phase = phase;
    node.retracting += 1;
    effects.push({ type: "retract", node: node.id, job: job.id, lease: job.lease });
  }
  return youngest.length;
}

/** When the next backlog will have stalled while a slot is idle; undefined if none can. Past stalls were acted on. */
export function stallWakeMs(state: SchedulerState, nowMs: number): number | undefined {
  let idle = false;
  let wakeMs: number | undefined;
  for (const node of state.nodes.values()) {
    if (node.leases.size < node.slots) idle = true;
    if (backlogOf(node) <= 0) continue;
    const stalledMs = stalledAtMs(state, node);
    if (stalledMs > nowMs && (wakeMs === undefined || stalledMs < wakeMs)) wakeMs = stalledMs;
  }
  return idle ? wakeMs : undefined;
}

/** Takes the lease of a job off its node, which holds it. */
export function releaseLease(node: NodeRecord, job: JobRecord): void {
  if (job.phase.kind === "retracting") node.retracting -= 1;
  node.leases.delete(job.id);
}
