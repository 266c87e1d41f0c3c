import type { Heartbeat } from "./types.ts";

/** What a {@link HeartbeatWatch} does. */
export type HeartbeatActions = {
  /** Nothing else went out for a while: say that this side lives. */
  readonly ping: () => void;
  /** The peer was silent for too long. */
  readonly lose: (silentMs: number) => void;
};

/** How it beats unless told otherwise. */
export const defaultHeartbeat: Heartbeat = { pingMs: 1_000, suspectMs: 3_000, lostMs: 10_000 };

/** Watches that both sides are heard. TCP alone notices a host that vanished after minutes, or never. */
export class HeartbeatWatch {
  readonly #times: Heartbeat;
  readonly #actions: HeartbeatActions;
  readonly #timer: ReturnType<typeof setInterval>;
  #tickedAtMs = performance.now();
  #silentMs = 0;
  #heard = false;
  #sent = false;

  /** Begins at once; {@link stop} ends it. */
  constructor(times: Partial<Heartbeat>, actions: HeartbeatActions) {
    this.#times = { ...defaultHeartbeat, ...times };
    this.#actions = actions;
    this.#timer = setInterval(() => this.#tick(), this.#times.pingMs);
  }

  get isSuspect(): boolean {
    return !this.#heard && this.#silentMs >= this.#times.suspectMs;
  }

  noteHeard(): void {
    this.#heard = true;
  }

  noteSent(): void {
    this.#sent = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = performance.now();
    // While this process stood still (stopped, suspended, busy) it could hear nobody: that time is not the peer's.
    const elapsedMs = Math.min(nowMs - this.#tickedAtMs, 2 * this.#times.pingMs);
    this.#tickedAtMs = nowMs;
    this.#silentMs = this.#heard ? 0 : this.#silentMs + elapsedMs;
    this.#heard = false;
    // It was heard some time in the beat before: the silence may be longer by one. Half a beat is for inexact timers.
    const { pingMs, lostMs } = this.#times;
    if (this.#silentMs + 1.5 * pingMs >= lostMs) return this.#actions.lose(this.#silentMs + pingMs);
    if (!this.#sent) this.#actions.ping();
    this.#sent = false;
  }
}
