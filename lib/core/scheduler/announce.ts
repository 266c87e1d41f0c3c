import type { LeaseRef } from "../../proto/jobs.ts";
import type { NodeToScheduler } from "../../proto/scheduler_messages.ts";
import { leaseKey } from "../shared/lease_key.ts";
import type { Link } from "../shared/link.ts";
import { ask, loseLeases, onStarted, refOf, takeBack } from "./leases.ts";
import type { JobRecord, NodeRecord, RemoteNode } from "./records.ts";
import type { Turn } from "./turn.ts";

type Announce = Extract<NodeToScheduler, { type: "announce" }>;

/** A node says what it has: what both sides know of goes on, and the rest is put right. */
export function onAnnounce(
  turn: Turn,
  node: NodeRecord,
  remote: RemoteNode,
  message: Announce,
): void {
  const { link } = remote;
  // Told twice: what has been assigned meanwhile is not in it.
  if (remote.announced || link === undefined) return;
  const { instance, slots, draining, held, outbox } = message;
  remote.announced = true;
  remote.lostAtMs = undefined;
  remote.instance = instance;
  remote.draining = draining;
  node.slots = slots;
  node.lastProgressMs = turn.nowMs;
  turn.state.index.touch(node);
  const running = new Map(held.map((lease) => [leaseKey(lease), lease.runningMs]));
  const ends = new Set(outbox.map(leaseKey));
  const known = new Set<string>();
  const lost: JobRecord[] = [];
  const unheard: JobRecord[] = [];
  for (const job of node.leases.values()) {
    if (job.shared === undefined) continue;
    const key = leaseKey(refOf(job, job.shared));
    known.add(key);
    // Its end follows.
    if (ends.has(key)) continue;
    if (job.shared.instance !== instance) lost.push(job);
    else if (!running.has(key)) unheard.push(job);
    else goOn(turn, node, job, running.get(key));
  }
  loseLeases(turn, node, lost);
  // The node never got these, or has given them back.
  for (const job of unheard.reverse()) takeBack(turn, node, job);
  const all = [...held, ...outbox].map(({ job, lease, epoch }) => ({ job, lease, epoch }));
  answer(turn, node, link, all.filter((lease) => !known.has(leaseKey(lease))));
}

/** The node holds the lease: asks again for what it may not have heard. */
function goOn(
  turn: Turn,
  node: NodeRecord,
  job: JobRecord,
  runningMs: number | undefined,
): void {
  if (runningMs !== undefined) onStarted(turn, node, job, turn.nowMs - runningMs);
  if (job.phase.kind === "stopping") ask(turn, "stop", job, node);
  else if (job.phase.kind === "retracting") ask(turn, "retract", job, node);
}

/** The answer to the announcement, also when there is nothing to be dropped: the node was heard. */
function answer(turn: Turn, node: NodeRecord, link: Link, stale: readonly LeaseRef[]): void {
  turn.state.counts.stale += stale.length;
  const message = { type: "drop", leases: stale } as const;
  turn.effects.push({ type: "toNode", node: node.id, link, message, afterCommit: true });
}
