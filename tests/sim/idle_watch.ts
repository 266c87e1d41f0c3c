import type { LocalEvent } from "../../lib/core/scheduler/events.ts";
import type { NodeRecord } from "../../lib/core/scheduler/records.ts";
import type { SchedulerState } from "../../lib/core/scheduler/state.ts";
import type { NodeId } from "../../lib/proto/ids.ts";
import { demand } from "./violation.ts";

/** Sees to it that no job waits behind a long one for longer than it may while a slot of another node is idle. */
export class IdleWatch {
  readonly #state: SchedulerState;
  readonly #maxWaitMs: number;
  /** Nodes with work that an idle slot could do, and since when. */
  readonly #sinceMs = new Map<NodeId, number>();

  constructor(state: SchedulerState, maxWaitMs: number) {
    this.#state = state;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Called before a step: what was so after the last one has been so until now. */
  before(events: readonly LocalEvent[], nowMs: number): void {
    for (const [node, sinceMs] of this.#sinceMs) {
      demand(
        nowMs - sinceMs <= this.#maxWaitMs,
        () => `work waits on ${node} since ${sinceMs} while a slot is idle, and it is ${nowMs}`,
      );
    }
    // Where an attempt has ended, work moves by itself.
    for (const event of events) if (event.type === "done") this.#sinceMs.delete(event.node);
  }

  /** Called after a step. */
  after(nowMs: number): void {
    let idle = 0;
    for (const { slots, leases, retracting } of this.#state.nodes.values()) {
      idle += Math.max(0, slots - leases.size) - retracting;
    }
    if (idle <= 0 || this.#state.queued > 0) return this.#sinceMs.clear();
    for (const node of this.#sinceMs.keys()) {
      if (!this.#state.nodes.has(node)) this.#sinceMs.delete(node);
    }
    for (const node of this.#state.nodes.values()) {
      if (!hasMovableWork(node)) this.#sinceMs.delete(node.id);
      else if (!this.#sinceMs.has(node.id)) this.#sinceMs.set(node.id, nowMs);
    }
  }
}

/** Whether a lease beyond those that the slots run could be given back. */
function hasMovableWork(node: NodeRecord): boolean {
  // What is asked for next depends on the answer to what was asked before.
  if (node.retracting > 0 || node.leases.size <= node.slots) return false;
  let older = 0;
  for (const job of node.leases.values()) {
    older += 1;
    if (older > node.slots && job.phase.kind === "assigned") return true;
  }
  return false;
}
