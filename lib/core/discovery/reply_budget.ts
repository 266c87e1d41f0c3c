import { limits } from "../../proto/limits.ts";
import { BoundedMap } from "./bounded_map.ts";

/** How many queries are answered: one a second to each place, and so many a second in all. */
export class ReplyBudget {
  readonly #answeredAtMs = new BoundedMap<string, number>(limits.maxDiscoveryPlaces);
  #tokens: number = limits.discoveryRepliesPerSecond;
  #filledAtMs = -Infinity;

  /** Whether a query from a place may be answered now; if so it counts as answered. */
  take(place: string, nowMs: number): boolean {
    const last = this.#answeredAtMs.get(place) ?? -Infinity;
    if (nowMs - last < limits.discoveryReplyPauseMs) return false;
    const perSecond = limits.discoveryRepliesPerSecond;
    const gained = (nowMs - this.#filledAtMs) * perSecond / 1000;
    this.#tokens = Math.min(perSecond, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    this.#answeredAtMs.set(place, nowMs);
    return true;
  }
}
