import type { LeaseRef } from "../../proto/jobs.ts";
import type { LeaseEnd, NodeToScheduler } from "../../proto/scheduler_messages.ts";
import type { ExecutorEffect } from "./effects.ts";
import type { ExecutorState } from "./state.ts";

/** One step of the executor: gathers what is to be done and said, one message of each kind. */
export class Turn {
  readonly state: ExecutorState;
  readonly nowMs: number;
  readonly effects: ExecutorEffect[] = [];
  readonly #started: (LeaseRef & { readonly runningMs: number })[] = [];
  readonly #returned: LeaseRef[] = [];
  readonly #done: LeaseEnd[] = [];
  readonly #save: LeaseEnd[] = [];
  readonly #unsave: LeaseRef[] = [];

  constructor(state: ExecutorState, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
  }

  started(lease: LeaseRef, startedAtMs: number): void {
    this.#started.push({ ...lease, runningMs: this.nowMs - startedAtMs });
  }

  returned(lease: LeaseRef): void {
    this.#returned.push(lease);
  }

  done(end: LeaseEnd): void {
    this.#done.push(end);
  }

  /** The end is to be put on disk. */
  save(end: LeaseEnd): void {
    this.#save.push(end);
  }

  /** The end is not needed any more. */
  forget(lease: LeaseRef): void {
    if (this.state.outbox.remove(lease)) this.#unsave.push(lease);
  }

  /** Says something, if the scheduler is there. */
  send(message: NodeToScheduler): void {
    const { link, greeted } = this.state;
    if (link !== undefined && greeted) this.effects.push({ type: "send", link, message });
  }

  /** All effects, in the order in which to perform them. */
  finish(): ExecutorEffect[] {
    if (this.#save.length > 0) this.effects.push({ type: "save", ends: this.#save });
    if (this.#unsave.length > 0) this.effects.push({ type: "unsave", leases: this.#unsave });
    if (this.#started.length > 0) this.send({ type: "started", leases: this.#started });
    if (this.#returned.length > 0) this.send({ type: "returned", leases: this.#returned });
    if (this.#done.length > 0) this.send({ type: "done", ends: this.#done });
    return this.effects;
  }
}
