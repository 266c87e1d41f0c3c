import { leaseKey } from "../../core/shared/lease_key.ts";
import type { JobEnd } from "../../dispatch/job_end.ts";
import { seqSpace } from "../../proto/executor.ts";
import type { ClusterId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { leaseOutcome } from "../shared/lease_outcome.ts";
import type { KeepingSession, KeepService } from "./keep_service.ts";

/** An end that its client does not have on record yet is put on disk when it is so old. */
const saveAfterMs = 500;

/** An end, until it is on disk. */
type Unsaved = { readonly end: LeaseEnd; readonly atMs: number };

/** What a session keeps for its client, so that it may be lost. */
export class SessionKeeping implements KeepingSession {
  readonly cluster: ClusterId;
  readonly #service: KeepService;
  /** Tasks that have not ended, by the client's number. */
  readonly #leases = new Map<number, LeaseRef>();
  readonly #unsaved = new Map<string, Unsaved>();
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #isLost = false;

  constructor(service: KeepService, cluster: ClusterId) {
    this.#service = service;
    this.cluster = cluster;
  }

  get held(): readonly LeaseRef[] {
    return [...this.#leases.values()];
  }

  get unforgotten(): readonly LeaseEnd[] {
    return [...this.#unsaved.values()].map(({ end }) => end);
  }

  /** Tasks are to come: their numbers count up from the first. */
  name(first: number, leases: readonly LeaseRef[]): void {
    for (const [index, lease] of leases.entries()) {
      this.#leases.set((first + index) % seqSpace, lease);
    }
  }

  /** A task has ended. */
  ended(seq: number, end: JobEnd): void {
    const lease = this.#leases.get(seq);
    if (lease === undefined) return;
    this.#leases.delete(seq);
    const outcome = leaseOutcome(end);
    // It never began.
    if (outcome === undefined) return;
    const leaseEnd: LeaseEnd = { ...lease, outcome, runMs: end.runMs };
    this.#unsaved.set(leaseKey(lease), { end: leaseEnd, atMs: performance.now() });
    this.#service.ended(this.cluster, leaseEnd);
    if (this.#isLost) this.#save(Infinity);
    else this.#saveTimer ??= setTimeout(() => this.#saveOld(), saveAfterMs);
  }

  forget(leases: readonly LeaseRef[]): void {
    for (const lease of leases) this.#unsaved.delete(leaseKey(lease));
  }

  /**
   * The client is lost: what there is and what comes goes on disk at once.
   *
   * @param isHere Whether a task that was named has come.
   */
  lose(isHere: (seq: number) => boolean): void {
    this.#isLost = true;
    for (const seq of this.#leases.keys()) if (!isHere(seq)) this.#leases.delete(seq);
    this.#save(Infinity);
    this.#service.tellHeld(this.cluster);
  }

  /** What it holds is about to be stopped. */
  async end(): Promise<void> {
    clearTimeout(this.#saveTimer);
    const deleted = this.#service.delete(this);
    // Of what is stopped nobody knows how far it was.
    this.#leases.clear();
    await deleted;
  }

  /** The client has said goodbye: nobody will ask. */
  async dismiss(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#unsaved.clear();
    this.#leases.clear();
    await this.#service.delete(this);
  }

  #saveOld(): void {
    this.#saveTimer = undefined;
    this.#save(performance.now() - saveAfterMs / 2);
    if (this.#unsaved.size > 0) this.#saveTimer = setTimeout(() => this.#saveOld(), saveAfterMs);
  }

  #save(beforeMs: number): void {
    const ends: LeaseEnd[] = [];
    for (const [key, { end, atMs }] of this.#unsaved) {
      if (atMs > beforeMs) continue;
      ends.push(end);
      this.#unsaved.delete(key);
    }
    void this.#service.save(this.cluster, ends);
  }
}
