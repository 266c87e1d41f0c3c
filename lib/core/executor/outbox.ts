import type { LeaseRef } from "../../proto/jobs.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { Deque } from "../shared/deque.ts";
import { leaseKey } from "../shared/lease_key.ts";

/** The end of an attempt that the scheduler has not acknowledged. */
type Entry = {
  readonly end: LeaseEnd;
  readonly endedMs: number;
  saved: boolean;
  /** Whether it was taken out. */
  isGone: boolean;
};

/** Ends that are to be told until they are acknowledged. */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  /** Entries that may be unsaved, oldest first; those that are gone or saved are skipped. */
  readonly #unsaved = new Deque<Entry>();

  /** @param saved What was found on disk. */
  constructor(saved: readonly LeaseEnd[]) {
    for (const end of saved) {
      this.#entries.set(leaseKey(end), { end, endedMs: 0, saved: true, isGone: false });
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All ends, oldest first. */
  get ends(): LeaseEnd[] {
    return [...this.#entries.values()].map(({ end }) => end);
  }

  /** @param key That of the lease, for whoever has made it already. */
  has(lease: LeaseRef, key = leaseKey(lease)): boolean {
    return this.#entries.has(key);
  }

  /** Puts the end of another lease in. `saved`: it is being put on disk. */
  add(end: LeaseEnd, endedMs: number, saved: boolean, key = leaseKey(end)): void {
    const entry = { end, endedMs, saved, isGone: false };
    this.#entries.set(key, entry);
    if (!saved) this.#unsaved.pushBack(entry);
  }

  /** Takes an end out; says whether it is on disk. */
  remove(lease: LeaseRef): boolean {
    const key = leaseKey(lease);
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    entry.isGone = true;
    return entry.saved;
  }

  /** Ends that have not been on disk for so long; they count as saved from now on. */
  takeUnsaved(nowMs: number, afterMs: number): LeaseEnd[] {
    const ends: LeaseEnd[] = [];
    for (;;) {
      const entry = this.#firstUnsaved();
      if (entry === undefined || entry.endedMs + afterMs > nowMs) return ends;
      entry.saved = true;
      ends.push(entry.end);
    }
  }

  /** When the oldest end came that is not on disk; undefined if there is none. */
  get unsavedSinceMs(): number | undefined {
    return this.#firstUnsaved()?.endedMs;
  }

  #firstUnsaved(): Entry | undefined {
    for (;;) {
      const entry = this.#unsaved.first;
      if (entry === undefined) return undefined;
      if (!entry.saved && !entry.isGone) return entry;
      this.#unsaved.shift();
    }
  }
}
