import type { DiscoveryEffect } from "../../../../lib/core/discovery/effects.ts";
import type { DiscoveryEvent, Hint, Source } from "../../../../lib/core/discovery/events.ts";
import { nextWakeMs, step } from "../../../../lib/core/discovery/machine.ts";
import {
  createDiscoveryState,
  type DiscoveryOptions,
  type Member,
} from "../../../../lib/core/discovery/state.ts";

/** Address and instance of the host under test. */
export const me = { address: "10.0.0.1", instance: "me", hostKey: "key-me" };

/** Discovery on a clock of its own, with what it wanted done. */
export class Bench {
  readonly state;
  nowMs = 0;

  constructor(as: DiscoveryOptions["as"], changes: Partial<DiscoveryOptions> = {}) {
    const { instance, hostKey } = me;
    this.state = createDiscoveryState({
      as,
      instance,
      hostKey,
      ownDaemons: false,
      seed: 1,
      ...changes,
    });
  }

  get members(): Member[] {
    return [...this.state.members.values()];
  }

  step(...events: DiscoveryEvent[]): DiscoveryEffect[] {
    return step(this.state, events, this.nowMs);
  }

  start(own: readonly string[] = [me.address]): DiscoveryEffect[] {
    return this.step({ type: "addresses", own });
  }

  hear(
    changes: Partial<Hint> & { readonly instance: string },
    from?: Partial<Source>,
  ): DiscoveryEffect[] {
    return this.step(packet(changes, from));
  }

  /** Lets time pass, step by step as the machine wants it. */
  pass(durationMs: number): DiscoveryEffect[] {
    const endMs = this.nowMs + durationMs;
    const effects: DiscoveryEffect[] = [];
    for (;;) {
      const wakeMs = nextWakeMs(this.state);
      if (wakeMs === undefined || wakeMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, wakeMs);
      effects.push(...this.step({ type: "tick" }));
    }
    this.nowMs = endMs;
    return effects;
  }
}

/** A packet of a node at 10.0.0.N, where its instance is `nN`, unless it is told otherwise. */
export function packet(
  changes: Partial<Hint> & { readonly instance: string },
  from: Partial<Source> = {},
): DiscoveryEvent {
  const host = `10.0.0.${changes.instance.slice(1)}`;
  const hint: Hint = {
    kind: "announce",
    role: "node",
    hostKey: `key-${changes.instance}`,
    sequence: 1,
    port: 7701,
    udpPort: 40_000,
    addresses: [host],
    peers: [],
    answers: undefined,
    ...changes,
  };
  return {
    type: "packet",
    hint,
    source: { address: hint.addresses[0] ?? host, port: 5000, socket: 0, ...from },
  };
}
