import { randomBytes } from "node:crypto";
import type { DiscoveryEffect } from "../../core/discovery/effects.ts";
import type { DiscoveryEvent, Hint, Place } from "../../core/discovery/events.ts";
import { nextWakeMs, step } from "../../core/discovery/machine.ts";
import {
  createDiscoveryState,
  type DiscoveryState,
  type Member,
} from "../../core/discovery/state.ts";
import { limits } from "../../proto/limits.ts";
import { assertNever } from "../../proto/states.ts";
import { type Crypto, cryptoLengths } from "../../wire/crypto.ts";
import { type DiscoveryPacket, openDiscovery, sealDiscovery } from "../../wire/discovery_packet.ts";
import { loadCrypto } from "../crypto.ts";
import type { Identity, Keyring, PeerRole } from "../types.ts";
import { type HostAddress, hostAddresses } from "./host_addresses.ts";
import { resolveSeeds, type Seed } from "./seeds.ts";
import { type DatagramListener, discoveryPort, DiscoverySockets } from "./sockets.ts";

/** What discovery is started with. */
export type DiscoveryConfig = {
  readonly role: PeerRole;
  readonly identity: Identity;
  readonly keys: Keyring;
  /** What a daemon tells of itself; undefined for a program that only asks. */
  readonly daemon?: {
    /** TCP port that takes connections. */
    readonly port: number;
    /** Where it listens, given the addresses of this host; asked again and again. */
    readonly listensOn: (own: readonly HostAddress[]) => readonly string[];
    /** Where others reach it, if that is elsewhere. */
    readonly announced?: readonly string[];
  };
  /** Hosts that are asked although nothing was heard of them. */
  readonly seeds: readonly Seed[];
  /** Whether daemons of this host are found as well. */
  readonly ownDaemons: boolean;
  readonly onFound: (member: Member) => void;
  readonly onGone: (member: Member) => void;
  /** Told in one line of what hinders it. */
  readonly onProblem: (message: string) => void;
  /** UDP port instead of 7700, for tests. */
  readonly port?: number;
  /** This host's addresses instead of the system's, for tests. */
  readonly hostAddresses?: () => HostAddress[];
};

/** The only cluster that there is; secrets tell clusters apart. */
const clusterName = "default";
/** How often the host's addresses are looked at for changes. */
const addressWatchMs = 5_000;
/** How often the names of seeds are looked up. */
const seedWatchMs = 60_000;

/** Finds daemons of the cluster, and makes a daemon known to others: the shell around the pure machine. */
export class Discovery {
  readonly #config: DiscoveryConfig;
  readonly #crypto: Crypto;
  readonly #keys: readonly [Uint8Array, ...Uint8Array[]];
  readonly #state: DiscoveryState;
  readonly #sockets: DiscoverySockets;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;
  #seenAddresses = "";
  #announced: readonly string[] = [];
  #sequence = 0;
  #unreadable = 0;
  #isClosed = false;

  private constructor(config: DiscoveryConfig, crypto: Crypto) {
    const { identity, keys, daemon, ownDaemons, port = discoveryPort } = config;
    const [first, ...others] = keys.secrets;
    this.#config = config;
    this.#crypto = crypto;
    this.#keys = [first.discoveryKey, ...others.map(({ discoveryKey }) => discoveryKey)];
    this.#state = createDiscoveryState({
      as: daemon === undefined ? "seeker" : "daemon",
      instance: identity.instanceId.toHex(),
      hostKey: identity.hostKey.toHex(),
      ownDaemons,
      seed: randomBytes(4).readUInt32BE(),
    });
    this.#sockets = new DiscoverySockets({
      groupPort: port,
      sharedPort: daemon === undefined ? undefined : port,
      listener: (bytes, source) => this.#receive(bytes, source),
    });
  }

  /** Opens the sockets and begins to ask, or to announce. */
  static async start(config: DiscoveryConfig): Promise<Discovery> {
    const discovery = new Discovery(config, await loadCrypto());
    try {
      await discovery.#open();
    } catch (error) {
      await discovery.close();
      throw error;
    }
    return discovery;
  }

  /** Daemons that are known. */
  get members(): readonly Member[] {
    return [...this.#state.members.values()];
  }

  /** Datagrams that were none of this cluster. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#wakeTimer);
    await this.#sockets.close();
  }

  async #open(): Promise<void> {
    const config = this.#config;
    const failure = await this.#sockets.open();
    if (failure !== undefined) {
      config.onProblem(
        `Cannot be found on UDP port ${config.port ?? discoveryPort}: ${failure.message}; ` +
          "free it, or name this host to clients with --nodes",
      );
    }
    this.#begin();
  }

  #begin(): void {
    this.#lookAtAddresses();
    this.#timers.push(setInterval(() => this.#lookAtAddresses(), addressWatchMs));
    if (this.#config.seeds.length === 0) return;
    const problems = new Set<string>();
    const resolve = async (): Promise<void> => {
      const places = await resolveSeeds(this.#config.seeds, (message) => {
        if (!problems.has(message)) this.#config.onProblem(message);
        problems.add(message);
      });
      const isKnown = places.length === this.#state.seeds.length &&
        places.every(({ address }) => this.#state.seeds.some((seed) => seed.address === address));
      if (!isKnown) this.#step({ type: "seeds", places });
    };
    void resolve();
    this.#timers.push(setInterval(() => void resolve(), seedWatchMs));
  }

  #lookAtAddresses(): void {
    const own = (this.#config.hostAddresses ?? hostAddresses)();
    const { daemon } = this.#config;
    const places = daemon?.listensOn(own) ?? [];
    const seen = JSON.stringify([own, places]);
    if (seen === this.#seenAddresses) return;
    this.#seenAddresses = seen;
    this.#announced = (daemon?.announced ?? places).slice(0, limits.maxDiscoveryAddresses);
    this.#sockets.useAddresses(daemon === undefined ? own : linksOf(places, own));
    this.#step({ type: "addresses", own: own.map(({ address }) => address) });
  }

  readonly #receive: DatagramListener = (bytes, source) => {
    if (this.#isClosed) return;
    const packet = openDiscovery(this.#crypto, this.#keys, bytes);
    if (packet?.cluster !== clusterName) this.#unreadable += 1;
    else this.#step({ type: "packet", hint: hintOf(packet), source });
  };

  #step(event: DiscoveryEvent): void {
    if (this.#isClosed) return;
    const nowMs = performance.now();
    for (const effect of step(this.#state, [event], nowMs)) this.#perform(effect);
    clearTimeout(this.#wakeTimer);
    const wakeMs = nextWakeMs(this.#state);
    if (wakeMs === undefined) return;
    this.#wakeTimer = setTimeout(() => this.#step({ type: "tick" }), Math.max(1, wakeMs - nowMs));
  }

  #perform(effect: DiscoveryEffect): void {
    switch (effect.type) {
      case "broadcast": {
        // A daemon that nobody can reach has nothing to say.
        if (this.#config.daemon !== undefined && this.#announced.length === 0) return;
        return this.#sockets.broadcast(this.#seal(effect.kind, [], undefined));
      }
      case "ask":
        return this.#sockets.send(this.#seal("query", [], undefined), effect.place);
      case "reply": {
        const { answers, source, peers } = effect;
        // A reply comes from where the query went, as the firewalls between expect it.
        return this.#sockets.send(this.#seal("reply", peers, answers), source, source.socket);
      }
      case "found":
        return this.#config.onFound(effect.member);
      case "gone":
        return this.#config.onGone(effect.member);
      default:
        assertNever(effect);
    }
  }

  #seal(
    kind: DiscoveryPacket["kind"],
    peers: readonly Place[],
    answers: string | undefined,
  ): Uint8Array {
    const { role, identity, daemon } = this.#config;
    this.#sequence += 1;
    return sealDiscovery(this.#crypto, this.#keys[0], randomBytes(cryptoLengths.nonce), {
      kind,
      cluster: clusterName,
      role,
      hostKey: identity.hostKey,
      instanceId: identity.instanceId,
      sequence: this.#sequence,
      port: this.#announced.length > 0 ? daemon?.port ?? 0 : 0,
      udpPort: daemon === undefined ? 0 : this.#sockets.privatePort,
      addresses: this.#announced,
      peers,
      answers: answers === undefined ? undefined : Uint8Array.fromHex(answers),
    });
  }
}

/** A daemon speaks on those of its networks only where it can be reached. */
function linksOf(places: readonly string[], own: readonly HostAddress[]): HostAddress[] {
  const reached = new Set(places);
  const links = new Set(own.filter(({ address }) => reached.has(address)).map(({ link }) => link));
  return own.filter(({ link }) => links.has(link));
}

function hintOf(packet: DiscoveryPacket): Hint {
  const { kind, role, sequence, port, udpPort, addresses, peers } = packet;
  return {
    kind,
    role,
    sequence,
    port,
    udpPort,
    addresses,
    peers,
    hostKey: packet.hostKey.toHex(),
    instance: packet.instanceId.toHex(),
    answers: packet.answers?.toHex(),
  };
}
