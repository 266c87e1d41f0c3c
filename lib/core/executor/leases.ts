import type { LeaseRef, Outcome } from "../../proto/jobs.ts";
import type { AssignedLease } from "../../proto/scheduler_messages.ts";
import { leaseKey } from "../shared/lease_key.ts";
import type { ExecutorState, HeldRecord } from "./state.ts";
import type { Turn } from "./turn.ts";

/** A node that is cut off gives up its leases after this part of the time after which the scheduler does. */
const expiryPart = 2 / 3;
const waiting = { kind: "waiting" } as const;

/** New leases come. */
export function assign(turn: Turn, leases: readonly AssignedLease[]): void {
  const { held, outbox, draining } = turn.state;
  const fresh: AssignedLease[] = [];
  for (const assigned of leases) {
    const { job, lease, epoch, expires } = assigned;
    const ref: LeaseRef = { job, lease, epoch };
    const key = leaseKey(ref);
    // One that it has already must not begin again.
    if (held.has(key) || outbox.has(ref, key)) continue;
    fresh.push(assigned);
    if (!draining) held.set(key, { lease: ref, expires, phase: waiting, void: false });
  }
  if (fresh.length === 0) return;
  if (!draining) turn.effects.push({ type: "run", leases: fresh });
  else for (const { job, lease, epoch } of fresh.reverse()) turn.returned({ job, lease, epoch });
}

/** The scheduler asks for a lease back. If it has ended, that is on its way. */
export function retract(turn: Turn, lease: LeaseRef): void {
  const record = find(turn, lease);
  if (record?.phase.kind === "waiting") turn.effects.push({ type: "retract", lease });
  else if (record?.phase.kind === "running") turn.started(lease, record.phase.startedAtMs);
}

/** The scheduler wants an attempt to be stopped. */
export function stop(turn: Turn, lease: LeaseRef): void {
  const record = find(turn, lease);
  if (record !== undefined) end(turn, record, false);
}

/** Nobody wants the lease any more, or what came of it. */
export function drop(turn: Turn, lease: LeaseRef): void {
  turn.forget(lease);
  const record = find(turn, lease);
  if (record === undefined) return;
  record.void = true;
  end(turn, record, false);
}

/** Has an attempt stopped, once. */
function end(turn: Turn, record: HeldRecord, expired: boolean): void {
  const { phase } = record;
  if (phase.kind === "stopping") return;
  const startedAtMs = phase.kind === "running" ? phase.startedAtMs : undefined;
  record.phase = { kind: "stopping", startedAtMs, expired };
  turn.effects.push({ type: "stop", lease: record.lease });
}

/** The slots say that an attempt has begun. */
export function onStarted(turn: Turn, lease: LeaseRef, startedAtMs: number): void {
  const record = find(turn, lease);
  if (record === undefined) return;
  const { phase } = record;
  if (phase.kind === "stopping") record.phase = { ...phase, startedAtMs };
  else record.phase = { kind: "running", startedAtMs };
  if (!record.void) turn.started(lease, startedAtMs);
}

/** The slots give a lease back that never began. */
export function onReturned(turn: Turn, lease: LeaseRef): void {
  const record = take(turn, leaseKey(lease));
  if (record !== undefined && !record.void) turn.returned(record.lease);
}

/** An attempt has ended. */
export function onEnded(turn: Turn, lease: LeaseRef, outcome: Outcome, runMs: number): void {
  const key = leaseKey(lease);
  const record = take(turn, key);
  if (record === undefined || record.void) return;
  const isExpired = record.phase.kind === "stopping" && record.phase.expired;
  const told: Outcome = isExpired && outcome.kind === "stopped" ? { kind: "expired" } : outcome;
  const { job, lease: number, epoch } = record.lease;
  const entry = { job, lease: number, epoch, outcome: told, runMs };
  // If this node dies now, a job that may not run again is lost with its result: that one is not put off.
  turn.state.outbox.add(entry, turn.nowMs, record.expires, key);
  if (record.expires) turn.save(entry);
  turn.done(entry);
}

/** When leases expire that the node gives up if it is still cut off then; Infinity if none do. */
export function expiresAtMs(state: ExecutorState): number {
  const { cutSinceMs = Infinity, silentSinceMs = Infinity, lostMs, held } = state;
  const sinceMs = Math.min(cutSinceMs, silentSinceMs);
  if (sinceMs === Infinity) return Infinity;
  for (const { expires, phase } of held.values()) {
    if (expires && phase.kind !== "stopping") return sinceMs + lostMs * expiryPart;
  }
  return Infinity;
}

/** Gives up what must not run on while the scheduler may take it for lost. */
export function expireLeases(turn: Turn): void {
  if (expiresAtMs(turn.state) > turn.nowMs) return;
  for (const record of turn.state.held.values()) if (record.expires) end(turn, record, true);
}

function find(turn: Turn, lease: LeaseRef): HeldRecord | undefined {
  return turn.state.held.get(leaseKey(lease));
}

function take(turn: Turn, key: string): HeldRecord | undefined {
  const record = turn.state.held.get(key);
  turn.state.held.delete(key);
  return record;
}
