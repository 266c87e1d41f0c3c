import { randomBytes } from "node:crypto";
import { type Dial, DialPlan } from "../../core/discovery/dial_plan.ts";
import type { Member } from "../../core/discovery/state.ts";
import type { Connection } from "../types.ts";

/** A place of a daemon that was found. */
export type FoundPlace = { readonly host: string; readonly port: number };

/** What dialling daemons that were found needs. */
export type MemberDialerOptions = {
  /** Connects to a daemon that must have this host key. */
  readonly dial: (
    place: FoundPlace,
    hostKey: Uint8Array,
    signal: AbortSignal,
  ) => Promise<Connection>;
  /** Takes a connection; it is over when the promise resolves. */
  readonly use: (connection: Connection) => Promise<void>;
  /** Told when a daemon could be reached at none of its addresses; then only after it was reached again. */
  readonly onUnreachable: (error: Error) => void;
};

/** Keeps a connection to each daemon that is found: a few are dialled at once, each address after growing pauses. */
export class MemberDialer {
  readonly #options: MemberDialerOptions;
  readonly #plan = new DialPlan(randomBytes(4).readUInt32BE());
  readonly #closed = new AbortController();
  readonly #dialling = new Set<Promise<unknown>>();
  readonly #used = new Set<Promise<unknown>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MemberDialerOptions) {
    this.#options = options;
  }

  /** Has a daemon dialled, now and whenever its connection has ended. */
  want(member: Member): void {
    this.#plan.want(member);
    this.#dialDue();
  }

  /** Dials a daemon no more; an open connection stays. */
  drop(member: Member): void {
    this.#plan.drop(member);
  }

  /** Resolves once nothing is being dialled any more. */
  async dialled(): Promise<void> {
    while (this.#dialling.size > 0) await Promise.allSettled(this.#dialling);
  }

  /** Dials no more, from the call on; then waits for the connections, which their user ends. */
  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#timer);
    await this.dialled();
    await Promise.all(this.#used);
  }

  #dialDue(): void {
    clearTimeout(this.#timer);
    if (this.#closed.signal.aborted) return;
    for (const dial of this.#plan.due(performance.now())) {
      track(this.#dialling, this.#dial(dial));
    }
    const nextMs = this.#plan.nextMs();
    if (nextMs === undefined) return;
    this.#timer = setTimeout(() => this.#dialDue(), Math.max(1, nextMs - performance.now()));
  }

  async #dial(dial: Dial): Promise<void> {
    const { member, address } = dial;
    const place = { host: address, port: member.port };
    const { signal } = this.#closed;
    try {
      const hostKey = Uint8Array.fromHex(member.hostKey);
      const connection = await this.#options.dial(place, hostKey, signal);
      this.#plan.opened(dial);
      // It may have come to be in the moment of the close.
      if (signal.aborted) connection.destroy();
      else track(this.#used, this.#use(dial, connection));
    } catch (error) {
      const isHopeless = this.#plan.failed(dial, performance.now());
      if (isHopeless && !signal.aborted) this.#options.onUnreachable(error as Error);
    }
    this.#dialDue();
  }

  async #use(dial: Dial, connection: Connection): Promise<void> {
    await this.#options.use(connection);
    this.#plan.closed(dial, performance.now());
    this.#dialDue();
  }
}

function track(set: Set<Promise<unknown>>, work: Promise<void>): void {
  set.add(work);
  void work.finally(() => set.delete(work));
}
