import { isHostAddress, isPrivateAddress } from "../core/discovery/address_kind.ts";
import { formatAddress } from "../net/addresses.ts";
import { Discovery } from "../net/discovery/discovery.ts";
import { type HostAddress, hostAddresses } from "../net/discovery/host_addresses.ts";
import { resolveSeeds, type Seed } from "../net/discovery/seeds.ts";
import type { Identity, Keyring } from "../net/types.ts";
import { formatIpAddress, parseIpAddress } from "../wire/ip_address.ts";
import type { NodeDaemon } from "./daemon.ts";
import type { Logger } from "../platform/logger.ts";

/** What a node is made known with. */
export type PresenceOptions = {
  readonly daemon: Pick<NodeDaemon, "addresses" | "listenAlso">;
  /** Whether it listens on the host's private networks, also on those that come up later. */
  readonly followsNetworks: boolean;
  /** Where others reach it, if that is not where it listens. */
  readonly extHosts: readonly string[];
  readonly seeds: readonly Seed[];
  readonly identity: Identity;
  readonly keys: Keyring;
  readonly log: Logger;
};

/** How often new addresses of the host are looked for. */
const watchMs = 5_000;

/** Has a node listen where its host is reached, and makes that known to the cluster. */
export class NodePresence {
  readonly #options: PresenceOptions;
  #discovery: Discovery | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isAdding = false;

  private constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Listens on the addresses there are now, then announces them. */
  static async start(options: PresenceOptions): Promise<NodePresence> {
    const presence = new NodePresence(options);
    await presence.#start();
    return presence;
  }

  /** Ends it; the daemon goes on listening. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#discovery?.close();
  }

  async #start(): Promise<void> {
    const { daemon, followsNetworks, extHosts, seeds, identity, keys, log } = this.#options;
    if (followsNetworks) {
      await this.#addAddresses(() => {});
      this.#timer = setInterval(() => {
        void this.#addAddresses((place) => log.info(`listens on ${place} as well`));
      }, watchMs);
    }
    const places = await resolveSeeds(extHosts.map((host) => ({ host, port: 0 })), log.warn);
    const announced = places.map(({ address }) => address);
    this.#discovery = await Discovery.start({
      role: "node",
      identity,
      keys,
      seeds,
      ownDaemons: false,
      daemon: {
        port: daemon.addresses[0]?.port ?? 0,
        listensOn: (own) => reachable(daemon.addresses.map(({ host }) => host), own),
        ...(announced.length > 0 && { announced }),
      },
      onFound: ({ addresses, port }) => {
        log.debug(`found a node at ${formatAddress(addresses[0] ?? "", port)}`);
      },
      onGone: ({ addresses, port }) => {
        log.debug(`a node is gone from ${formatAddress(addresses[0] ?? "", port)}`);
      },
      onProblem: log.warn,
    });
  }

  async #addAddresses(onAdded: (place: string) => void): Promise<void> {
    if (this.#isAdding) return;
    this.#isAdding = true;
    const { daemon, log } = this.#options;
    const known = new Set(daemon.addresses.map(({ host }) => host));
    for (const { address } of hostAddresses()) {
      if (known.has(address) || !isPrivateAddress(address)) continue;
      try {
        const { host, port } = await daemon.listenAlso(address);
        onAdded(formatAddress(host, port));
      } catch (error) {
        // It may be so new that the system does not give it out yet: it has its next turn.
        log.debug((error as Error).message);
      }
    }
    this.#isAdding = false;
  }
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
