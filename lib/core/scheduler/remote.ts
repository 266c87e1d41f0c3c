import type { NodeId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { LeaseEnd, NodeToScheduler } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import type { Link } from "../shared/link.ts";
import { onAnnounce } from "./announce.ts";
import { endLease, onStarted, takeBack } from "./leases.ts";
import { addNode, onNodeDown } from "./nodes.ts";
import type { JobRecord, NodeRecord, RemoteNode } from "./records.ts";
import type { SchedulerState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** A node of a shared scheduler that is away and holds nothing. */
export function newRemote(): RemoteNode {
  return {
    link: undefined,
    announced: false,
    instance: undefined,
    suspect: false,
    draining: false,
    lostAtMs: undefined,
  };
}

/** A node has connected. */
export function onNodeLinkUp(turn: Turn, id: NodeId, link: Link): void {
  const { state, nowMs, effects } = turn;
  const node = state.nodes.get(id) ??
    addNode(state, { id, slots: 0, nowMs, remote: newRemote() });
  const { remote } = node;
  if (remote === undefined || state.scheduler === undefined) return;
  if (remote.link !== undefined) {
    effects.push({ type: "cut", link: remote.link });
    disconnect(turn, node, remote);
  }
  remote.link = link;
  const { scheduler, epoch, options: { lostMs } } = state;
  const message = { type: "welcome", scheduler, epoch, lostMs } as const;
  effects.push({ type: "toNode", node: id, link, message, afterCommit: true });
}

/** A connection to a node is gone; it may be an old one. */
export function onNodeLinkDown(turn: Turn, id: NodeId, link: Link): void {
  const node = turn.state.nodes.get(id);
  if (node?.remote?.link === link) disconnect(turn, node, node.remote);
}

function disconnect(turn: Turn, node: NodeRecord, remote: RemoteNode): void {
  remote.link = undefined;
  remote.announced = false;
  remote.suspect = false;
  turn.state.index.touch(node);
  // Who connects again and again without a word does not put off the end.
  if (remote.lostAtMs !== undefined) return;
  awaitNode(turn.state, node, remote, turn.nowMs + turn.state.options.lostMs);
}

/** Gives a node until then to announce itself. */
export function awaitNode(
  state: SchedulerState,
  node: NodeRecord,
  remote: RemoteNode,
  untilMs: number,
): void {
  remote.lostAtMs = untilMs;
  state.away.push(untilMs, node);
}

/** Gives up the nodes that were away for too long. */
export function loseNodes(turn: Turn): void {
  const { away } = turn.state;
  while ((away.minKey ?? Infinity) <= turn.nowMs) {
    const node = away.pop();
    const lostAtMs = node?.remote?.lostAtMs;
    if (node === undefined || lostAtMs === undefined || lostAtMs > turn.nowMs) continue;
    if (turn.state.nodes.get(node.id) !== node) continue;
    giveUp(turn, node);
  }
}

function giveUp(turn: Turn, node: NodeRecord): void {
  const { id, remote } = node;
  if (remote?.link !== undefined) turn.effects.push({ type: "cut", link: remote.link });
  onNodeDown(turn, id);
}

/** Nothing was heard of a node for a while, or something again. A link that stays silent is as good as none. */
export function onNodeSuspect(
  turn: Turn,
  id: NodeId,
  link: Link,
  silentSinceMs: number | undefined,
): void {
  const { state } = turn;
  const node = state.nodes.get(id);
  if (node?.remote?.link !== link) return;
  const { remote } = node;
  remote.suspect = silentSinceMs !== undefined;
  state.index.touch(node);
  if (silentSinceMs === undefined) {
    if (remote.announced) remote.lostAtMs = undefined;
  } else if (remote.lostAtMs === undefined) {
    awaitNode(state, node, remote, silentSinceMs + state.options.lostMs);
  }
}

/** A node says something. On a link that is not its own any more, and before its announcement, that does not count. */
export function onNodeSays(turn: Turn, id: NodeId, link: Link, message: NodeToScheduler): void {
  const node = turn.state.nodes.get(id);
  if (node?.remote?.link !== link) return;
  if (message.type === "announce") return onAnnounce(turn, node, node.remote, message);
  if (!node.remote.announced) return;
  switch (message.type) {
    case "started":
      for (const lease of message.leases) {
        const job = currentJob(node, lease);
        if (job === undefined) dropStale(turn, node, lease);
        else onStarted(turn, node, job, turn.nowMs - lease.runningMs);
      }
      return;
    case "done":
      for (const end of message.ends) onEnd(turn, node, end);
      return;
    case "returned":
      for (const lease of message.leases) {
        const job = currentJob(node, lease);
        if (job !== undefined) takeBack(turn, node, job);
      }
      return;
    case "slots":
      node.slots = message.slots;
      return turn.state.index.touch(node);
    case "draining":
      node.remote.draining = true;
      return turn.state.index.touch(node);
    default:
      assertNever(message);
  }
}

function onEnd(turn: Turn, node: NodeRecord, end: LeaseEnd): void {
  const current = currentJob(node, end);
  if (current === undefined) return dropStale(turn, node, end);
  endLease(turn, node, current, end);
  // Once the end is on record the node may forget it.
  const { job, lease, epoch } = end;
  turn.mail(node, "ack", { job, lease, epoch }, true);
}

function dropStale(turn: Turn, node: NodeRecord, { job, lease, epoch }: LeaseRef): void {
  turn.state.counts.stale += 1;
  turn.mail(node, "drop", { job, lease, epoch }, true);
}

/** The job of a lease that the node holds, as far as the scheduler knows. */
function currentJob(node: NodeRecord, { job: id, lease, epoch }: LeaseRef): JobRecord | undefined {
  const job = node.leases.get(id);
  return job?.lease === lease && job.shared?.epoch === epoch ? job : undefined;
}
