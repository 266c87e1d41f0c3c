import type { Member } from "../../core/discovery/state.ts";
import { isHostAddress, isPrivateAddress } from "../../core/discovery/address_kind.ts";
import { formatAddress } from "../addresses.ts";
import { Discovery } from "./discovery.ts";
import { type HostAddress, hostAddresses } from "./host_addresses.ts";
import { resolveSeeds, type Seed } from "./seeds.ts";
import type { Identity, Keyring, ListenAddress, Listener } from "../types.ts";
import { formatIpAddress, parseIpAddress } from "../../wire/ip_address.ts";
import type { Logger } from "../../platform/logger.ts";

/** A daemon as far as its presence is concerned. */
export type PresentDaemon = {
  readonly addresses: Listener["addresses"];
  /** Listens on one more address, on the same port. */
  readonly listenAlso: (host: string) => Promise<ListenAddress>;
};

/** What a daemon is made known with. */
export type PresenceOptions = {
  readonly role: "node" | "scheduler";
  readonly daemon: PresentDaemon;
  /** Whether it listens on the host's private networks, also on those that come up later. */
  readonly followsNetworks: boolean;
  /** Where others reach it, if that is not where it listens. */
  readonly extHosts: readonly string[];
  readonly seeds: readonly Seed[];
  readonly identity: Identity;
  readonly keys: Keyring;
  readonly log: Logger;
  /** Takes a daemon that was found. @default nothing is done with it */
  readonly onFound?: (member: Member) => void;
  /** Nothing is heard of a daemon any more. */
  readonly onGone?: (member: Member) => void;
};

/** How often new addresses of the host are looked for. */
const watchMs = 5_000;

/** Has a daemon listen where its host is reached, and makes that known to the cluster. */
export class DaemonPresence {
  readonly #options: PresenceOptions;
  #discovery: Discovery | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isAdding = false;
  readonly #told = new Set<string>();

  private constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Listens on the addresses there are now, then announces them. */
  static async start(options: PresenceOptions): Promise<DaemonPresence> {
    const presence = new DaemonPresence(options);
    await presence.#start();
    return presence;
  }

  /** Ends it; the daemon goes on listening. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#discovery?.close();
  }

  async #start(): Promise<void> {
    const { role, daemon, followsNetworks, extHosts, seeds, identity, keys, log } = this.#options;
    if (followsNetworks) {
      await this.#addAddresses(() => {});
      this.#timer = setInterval(() => {
        void this.#addAddresses((place) => log.info(`listens on ${place} as well`));
      }, watchMs);
    }
    const places = await resolveSeeds(extHosts.map((host) => ({ host, port: 0 })), log.warn);
    const announced = places.map(({ address }) => address);
    this.#discovery = await Discovery.start({
      role,
      identity,
      keys,
      seeds,
      // A scheduler uses the node of its own host as well.
      ownDaemons: role === "scheduler",
      daemon: {
        port: daemon.addresses[0]?.port ?? 0,
        listensOn: (own) => reachable(daemon.addresses.map(({ host }) => host), own),
        ...(announced.length > 0 && { announced }),
      },
      onFound: (member) => {
        log.debug(`found a ${member.role} at ${placeOf(member)}`);
        this.#options.onFound?.(member);
      },
      onGone: (member) => {
        log.debug(`a ${member.role} is gone from ${placeOf(member)}`);
        this.#options.onGone?.(member);
      },
      onProblem: log.warn,
    });
  }

  async #addAddresses(onAdded: (place: string) => void): Promise<void> {
    if (this.#isAdding) return;
    this.#isAdding = true;
    const { daemon } = this.#options;
    const known = new Set(daemon.addresses.map(({ host }) => host));
    for (const { address } of hostAddresses()) {
      if (known.has(address) || !isPrivateAddress(address)) continue;
      try {
        const { host, port } = await daemon.listenAlso(address);
        onAdded(formatAddress(host, port));
      } catch (error) {
        this.#tellOnce(error as Error);
      }
    }
    this.#isAdding = false;
  }

  #tellOnce(error: Error): void {
    if (isTooNew(error) || this.#told.has(error.message)) return;
    this.#told.add(error.message);
    this.#options.log.warn(error.message);
  }
}

/** Whether an address is so new that the system does not give it out yet: it has its next turn. */
function isTooNew({ cause }: Error): boolean {
  return Object(cause).code === "EADDRNOTAVAIL";
}

/** The addresses of this host at which a listener on `hosts` is reached from others. */
function reachable(hosts: readonly string[], own: readonly HostAddress[]): string[] {
  const all = hosts.flatMap((host) => {
    if (host === "::") return own.map(({ address }) => address);
    if (host === "0.0.0.0") {
      return own.filter(({ family }) => family === "ipv4").map(({ address }) => address);
    }
    const bytes = parseIpAddress(host);
    return bytes === undefined ? [] : [formatIpAddress(bytes)];
  });
  return [...new Set(all)].filter(isHostAddress);
}

function placeOf({ addresses, port }: Member): string {
  return formatAddress(addresses[0] ?? "", port);
}
