import { MinHeap } from "../shared/min_heap.ts";
import { Ranking } from "../shared/ranking.ts";
import {
  backlogOf,
  isUsable,
  isWorthMoving,
  type PrefetchOptions,
  roomOf,
  stalledAtMs,
} from "./credit.ts";
import type { NodeMarks, NodeRecord } from "./records.ts";

/** By which of its marks a node is ranked. */
export type NodeMark = "idle" | "room" | "movable";

/** In how many rankings a node may be. */
export const nodeRankings = 3;

/** The marks of a node that was never looked at. */
export function newMarks(): NodeMarks {
  return {
    idle: 0,
    room: 0,
    movable: 0,
    retracting: 0,
    hasBacklog: false,
    changed: false,
    stallPlanned: false,
    gone: false,
  };
}

/**
 * Knows which nodes have idle slots, room for work ahead, and work to give away, without looking at all of them: only those
 * that were touched are looked at again, and those whose time to stall has come.
 */
export class NodeIndex {
  readonly #rankings = {
    idle: new Ranking<NodeRecord>(0, mostIdle),
    room: new Ranking<NodeRecord>(1, mostRoom),
    movable: new Ranking<NodeRecord>(2, mostMovable),
  };
  readonly #totals = { idle: 0, room: 0, movable: 0 };
  readonly #changed: NodeRecord[] = [];
  /** Nodes by when they stall, or earlier. */
  readonly #stalls = new MinHeap<NodeRecord>();
  #retracting = 0;
  #withBacklog = 0;

  /** Leases being taken back, of all nodes. */
  get retracting(): number {
    return this.#retracting;
  }

  /** Sum of a mark over all nodes. */
  total(mark: NodeMark): number {
    return this.#totals[mark];
  }

  /** The node with the most of a mark; undefined when none has any. */
  first(mark: NodeMark): NodeRecord | undefined {
    return this.#rankings[mark].first;
  }

  /** Something about the node changes: it is looked at before it is needed next. */
  touch(node: NodeRecord): void {
    if (node.marks.changed) return;
    node.marks.changed = true;
    this.#changed.push(node);
  }

  /** The node is no more. */
  remove(node: NodeRecord): void {
    node.marks.gone = true;
    this.touch(node);
  }

  /** Looks at all nodes that were touched, and those that may have stalled. */
  refresh(prefetch: PrefetchOptions, nowMs: number): void {
    while ((this.#stalls.minKey ?? Infinity) <= nowMs) {
      const node = this.#stalls.pop();
      if (node === undefined) break;
      node.marks.stallPlanned = false;
      this.touch(node);
    }
    for (const node of this.#changed) this.#measure(node, prefetch, nowMs);
    this.#changed.length = 0;
    if (this.#withBacklog > 0 && this.#totals.idle > 0) this.#putOffStalls(prefetch);
  }

  /** Sees to it that the first stall is that of a node as it is now. */
  #putOffStalls(prefetch: PrefetchOptions): void {
    for (;;) {
      const stallMs = this.#stalls.minKey;
      const node = this.#stalls.first;
      if (stallMs === undefined || node === undefined) return;
      const actualMs = stalledAtMs(prefetch, node);
      const isOver = node.marks.gone || node.leases.size === 0;
      if (!isOver && actualMs <= stallMs) return;
      this.#stalls.pop();
      node.marks.stallPlanned = !isOver;
      if (!isOver) this.#stalls.push(actualMs, node);
    }
  }

  /** Takes a node out of a ranking until it is touched and looked at again. */
  take(mark: NodeMark, node: NodeRecord): void {
    this.#set(mark, node, 0);
    this.touch(node);
  }

  /**
   * When the next backlog may have stalled while a slot is idle; undefined if none can. A node may have moved on by then.
   */
  get stallWakeMs(): number | undefined {
    if (this.#withBacklog === 0 || this.#totals.idle === 0) return undefined;
    return this.#stalls.minKey;
  }

  #measure(node: NodeRecord, prefetch: PrefetchOptions, nowMs: number): void {
    const { marks, leases } = node;
    marks.changed = false;
    const isThere = !marks.gone;
    const mayGet = isThere && isUsable(node);
    this.#set("idle", node, mayGet ? Math.max(0, node.slots - leases.size) : 0);
    this.#set("room", node, mayGet ? roomOf(prefetch, node, nowMs) : 0);
    const movable = isThere && isWorthMoving(prefetch, node, nowMs);
    this.#set("movable", node, movable ? backlogOf(node) : 0);
    const retracting = isThere ? node.retracting : 0;
    this.#retracting += retracting - marks.retracting;
    marks.retracting = retracting;
    const hasBacklog = isThere && backlogOf(node) > 0;
    if (hasBacklog !== marks.hasBacklog) this.#withBacklog += hasBacklog ? 1 : -1;
    marks.hasBacklog = hasBacklog;
    this.#planStall(node, stalledAtMs(prefetch, node), nowMs);
  }

  #planStall(node: NodeRecord, stallMs: number, nowMs: number): void {
    const { marks, leases } = node;
    if (marks.gone || marks.stallPlanned || leases.size === 0 || stallMs <= nowMs) return;
    marks.stallPlanned = true;
    this.#stalls.push(stallMs, node);
  }

  #set(mark: NodeMark, node: NodeRecord, value: number): void {
    const before = node.marks[mark];
    if (value === before) return;
    node.marks[mark] = value;
    this.#totals[mark] += value - before;
    if (value === 0) this.#rankings[mark].remove(node);
    else this.#rankings[mark].place(node);
  }
}

function mostIdle(
  { marks: a, order: first }: NodeRecord,
  { marks: b, order }: NodeRecord,
): boolean {
  return a.idle === b.idle ? first < order : a.idle > b.idle;
}

function mostRoom(
  { marks: a, order: first }: NodeRecord,
  { marks: b, order }: NodeRecord,
): boolean {
  return a.room === b.room ? first < order : a.room > b.room;
}

function mostMovable(
  { marks: a, order: first }: NodeRecord,
  { marks: b, order }: NodeRecord,
): boolean {
  return a.movable === b.movable ? first < order : a.movable > b.movable;
}
