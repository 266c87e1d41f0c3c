import { limits } from "../../proto/limits.ts";
import { createRng } from "../shared/rng.ts";
import { BoundedMap } from "./bounded_map.ts";
import type { Place } from "./events.ts";
import { ReplyBudget } from "./reply_budget.ts";

/** A daemon that was heard of. Nothing of it is proven. */
export type Member = {
  readonly instance: string;
  readonly role: "node" | "scheduler";
  readonly hostKey: string;
  readonly port: number;
  readonly udpPort: number;
  /** Addresses to dial, the likeliest first; never loopback or, unless it is this host's daemon, one of this host. */
  readonly addresses: readonly string[];
  readonly heardAtMs: number;
};

/** What discovery is for. */
export type DiscoveryOptions = {
  /** A daemon announces itself and answers; a seeker asks, and believes answers to its own questions alone. */
  readonly as: "daemon" | "seeker";
  /** Own instance id and host key, as hex. */
  readonly instance: string;
  readonly hostKey: string;
  /** Whether daemons of this host are members as well: those that have its host key. */
  readonly ownDaemons: boolean;
  /** Seed of the pauses and of the choice of peers. */
  readonly seed: number;
};

/** All that discovery knows. It changes in `step` only. */
export type DiscoveryState = {
  readonly options: DiscoveryOptions;
  readonly random: () => number;
  own: ReadonlySet<string>;
  seeds: readonly Place[];
  /** By instance. */
  readonly members: Map<string, Member>;
  /** Instances by where they can be asked and where they can be dialled, as `placeKey`. */
  readonly askable: Map<string, string>;
  readonly dialable: Map<string, string>;
  /** The last sequence number of each instance. */
  readonly sequences: BoundedMap<string, number>;
  readonly replies: ReplyBudget;
  /** Places to be asked, by `placeKey`. */
  readonly toAsk: Map<string, Place>;
  /** When places were asked. */
  readonly askedAtMs: BoundedMap<string, number>;
  /** When more of `toAsk` may be asked. */
  askAgainAtMs: number;
  /** Rounds of announcing or asking so far. */
  rounds: number;
  /** When the next one is due; infinite before the addresses are known. */
  roundAtMs: number;
  /** Member at which the next list of peers begins. */
  peersFrom: number;
};

/** A state that knows nobody yet. It begins with the first `addresses`. */
export function createDiscoveryState(options: DiscoveryOptions): DiscoveryState {
  return {
    options,
    random: createRng(options.seed),
    own: new Set(),
    seeds: [],
    members: new Map(),
    askable: new Map(),
    dialable: new Map(),
    sequences: new BoundedMap(limits.maxDiscoveryInstances),
    replies: new ReplyBudget(),
    toAsk: new Map(),
    askedAtMs: new BoundedMap(limits.maxDiscoveryPlaces),
    askAgainAtMs: -Infinity,
    rounds: 0,
    roundAtMs: Infinity,
    peersFrom: 0,
  };
}

/** A place as the key of a map. */
export function placeKey({ address, port }: Place): string {
  return `${address} ${port}`;
}
