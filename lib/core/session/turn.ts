import type { JobId } from "../../proto/ids.ts";
import type { ClientToScheduler, JobResult } from "../../proto/scheduler_messages.ts";
import type { SessionEffect } from "./effects.ts";
import type { SessionState } from "./state.ts";

/** One step of the session: gathers what is to be done and said, one message of each kind. */
export class Turn {
  readonly state: SessionState;
  readonly nowMs: number;
  readonly effects: SessionEffect[] = [];
  readonly #results: JobResult[] = [];
  readonly #ack: JobId[] = [];
  readonly #cancel: JobId[] = [];
  readonly #withdraw: JobId[] = [];

  constructor(state: SessionState, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
  }

  deliver(result: JobResult): void {
    this.#results.push(result);
  }

  ack(job: JobId): void {
    this.#ack.push(job);
  }

  giveUp(job: JobId, how: "cancel" | "withdraw"): void {
    (how === "cancel" ? this.#cancel : this.#withdraw).push(job);
  }

  /** Says something, if the scheduler is there. */
  send(message: ClientToScheduler): void {
    const { link } = this.state;
    if (link !== undefined) this.effects.push({ type: "send", link, message });
  }

  /** All effects, in the order in which to perform them. */
  finish(): SessionEffect[] {
    const { cluster, attached } = this.state;
    // What the program has is what may be acknowledged.
    if (this.#results.length > 0) this.effects.push({ type: "deliver", results: this.#results });
    if (cluster === undefined || !attached) return this.effects;
    for (
      const [type, jobs] of [
        ["ack", this.#ack],
        ["cancel", this.#cancel],
        ["withdraw", this.#withdraw],
      ] as const
    ) {
      if (jobs.length > 0) this.send({ type, cluster, jobs });
    }
    return this.effects;
  }
}
