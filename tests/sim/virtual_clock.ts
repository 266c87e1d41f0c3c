import { MinHeap } from "../../lib/core/shared/min_heap.ts";

/** Time that passes only when it is told to: from one timer to the next. */
export class VirtualClock {
  nowMs = 0;
  readonly #timers = new MinHeap<() => void>();

  /** Has something done at a time, or now if that has passed. */
  at(timeMs: number, action: () => void): void {
    this.#timers.push(Math.max(timeMs, this.nowMs), action);
  }

  /** Goes on to the next timer and runs it; false when there is none. */
  runNext(): boolean {
    const timeMs = this.#timers.minKey;
    const action = this.#timers.pop();
    if (timeMs === undefined || action === undefined) return false;
    this.nowMs = timeMs;
    action();
    return true;
  }
}
