import type { InstanceId } from "../../proto/ids.ts";
import type { AssignedLease } from "../../proto/scheduler_messages.ts";
import { backlogOf } from "./credit.ts";
import type { Lease } from "./effects.ts";
import { recordLease, retract } from "./leases.ts";
import { placeable, takeNext } from "./queue.ts";
import type { JobRecord, NodeRecord, RemoteNode } from "./records.ts";
import type { SchedulerState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Fills idle slots first, then credits; then offers work that waits behind a busy slot to idle ones. */
export function place(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.holder?.open === 0) state.holder = undefined;
  state.index.refresh(state.prefetch, nowMs);
  fill(turn, "idle");
  fill(turn, "room");
  if (placeable(state) === 0) retractForIdle(turn);
}

/** Hands out jobs in rounds, each node up to its share of a round, so that a short queue is spread evenly. */
function fill(turn: Turn, mark: "idle" | "room"): void {
  const { state, nowMs } = turn;
  const { index } = state;
  const waiting = placeable(state);
  if (waiting === 0 || index.total(mark) === 0) return;
  // With less work than room, everyone gets the same part of their room instead of the first one all.
  const part = Math.min(1, waiting / index.total(mark));
  const shares: { readonly node: NodeRecord; readonly share: number }[] = [];
  for (let shared = 0; shared < waiting;) {
    const node = index.first(mark);
    if (node === undefined) break;
    const free = node.marks[mark];
    const share = Math.min(free, Math.ceil(free * part));
    index.take(mark, node);
    shares.push({ node, share });
    shared += share;
  }
  for (const { node, share } of shares) {
    if (node.leases.size === 0) node.lastProgressMs = nowMs;
    if (node.remote === undefined) assignLocal(turn, node, share);
    else assignRemote(turn, node, node.remote, share);
  }
  index.refresh(state.prefetch, nowMs);
}

function assignLocal(turn: Turn, node: NodeRecord, count: number): void {
  const leases: Lease[] = [];
  // One phase object serves all jobs of the batch: phases are never changed, only replaced.
  const phase = { kind: "assigned", node: node.id } as const;
  while (leases.length < count) {
    const job = takeNext(turn.state);
    if (job === undefined) break;
    lend(turn.state, node, job, phase);
    leases.push({ job: job.id, lease: job.lease, attempt: job.attempt });
  }
  if (leases.length > 0) turn.effects.push({ type: "assign", node: node.id, leases });
}

function assignRemote(turn: Turn, node: NodeRecord, remote: RemoteNode, count: number): void {
  const { link, instance } = remote;
  if (link === undefined) return;
  const now: AssignedLease[] = [];
  const afterCommit: AssignedLease[] = [];
  const phase = { kind: "assigned", node: node.id } as const;
  while (now.length + afterCommit.length < count) {
    const job = takeNext(turn.state);
    if (job === undefined) break;
    lend(turn.state, node, job, phase);
    const lease = assignedLease(job, turn.state.epoch, instance);
    if (lease.expires) recordLease(turn, job, node);
    (lease.expires ? afterCommit : now).push(lease);
  }
  for (const leases of [now, afterCommit]) {
    if (leases.length === 0) continue;
    const message = { type: "assign", leases } as const;
    const waits = leases === afterCommit;
    turn.effects.push({ type: "toNode", node: node.id, link, message, afterCommit: waits });
  }
}

function lend(
  state: SchedulerState,
  node: NodeRecord,
  job: JobRecord,
  phase: JobRecord["phase"],
): void {
  job.phase = phase;
  job.lease += 1;
  job.attempt += 1;
  job.cluster.leased += 1;
  state.leased += 1;
  node.leases.set(job.id, job);
}

function assignedLease(
  job: JobRecord,
  epoch: number,
  instance: InstanceId | undefined,
): AssignedLease {
  const { shared, cluster, attempt, policy } = job;
  if (shared === undefined || cluster.shared === undefined) {
    throw new Error(`Cannot send job ${job.id} to a node: it belongs to no shared cluster`);
  }
  shared.epoch = epoch;
  shared.instance = instance;
  const { computation } = cluster.shared;
  const expires = !policy.reentrant;
  const { id, lease } = job;
  return { job: id, lease, epoch, attempt, cluster: cluster.id, computation, expires };
}

/** Asks the nodes with the longest backlog to give back half of it, as much as idle slots can use. */
function retractForIdle(turn: Turn): void {
  const { state, nowMs } = turn;
  const { index } = state;
  let idle = index.total("idle") - index.retracting;
  while (idle > 0) {
    const node = index.first("movable");
    if (node === undefined) break;
    idle -= retractYoungest(turn, node, Math.ceil(backlogOf(node) / 2));
    index.take("movable", node);
  }
  index.refresh(state.prefetch, nowMs);
}

/** Returns how many were asked for: what is being stopped cannot be moved. */
function retractYoungest(turn: Turn, node: NodeRecord, count: number): number {
  const waiting: JobRecord[] = [];
  let older = 0;
  for (const job of node.leases.values()) {
    // Nodes begin jobs in the order they got them: the oldest are in the slots.
    if (older >= node.slots && job.phase.kind === "assigned") waiting.push(job);
    older += 1;
  }
  const youngest = waiting.slice(Math.max(0, waiting.length - count)).reverse();
  // The youngest comes back first and the older ones in front of it: the queue keeps its order.
  for (const job of youngest) retract(turn, job, node);
  return youngest.length;
}

/** When a stalled backlog may have to be moved; undefined if none can. */
export function stallWakeMs(state: SchedulerState): number | undefined {
  return state.index.stallWakeMs;
}
