import { createSocket, type Socket } from "node:dgram";
import type { Place, Source } from "../../core/discovery/events.ts";
import { limits } from "../../proto/limits.ts";
import type { HostAddress } from "./host_addresses.ts";

/** UDP port that daemons share. */
export const discoveryPort = 7700;
/** Groups of the local networks: one of organizations (RFC 2365), and one that never leaves its link. */
const groups = { ipv4: "239.255.77.83", ipv6: "ff02::6d73:7472" } as const;

/** Takes a datagram, where it came from, and the number of the socket it came to. */
export type DatagramListener = (bytes: Uint8Array, source: Source) => void;

/** What sockets are opened for. */
export type SocketsOptions = {
  /** The port that is shared; undefined to have none, for a program that only asks. */
  readonly sharedPort: number | undefined;
  /** Port of the groups that are spoken to. */
  readonly groupPort: number;
  readonly listener: DatagramListener;
};

type Bound = {
  readonly socket: Socket;
  readonly family: "ipv4" | "ipv6";
  readonly isShared: boolean;
};

/** How often a port is looked for that is free in both families. */
const portAttempts = 4;

/**
 * The UDP sockets of discovery: one of this program alone in each family, and for daemons one on the shared port, which
 * hears the groups. A datagram to one host and the shared port reaches one daemon of that host only.
 */
export class DiscoverySockets {
  readonly #options: SocketsOptions;
  /** Those of this program alone first. */
  readonly #bound: Bound[] = [];
  /** Groups that were joined, by interface and address. */
  readonly #joined = new Set<string>();
  #addresses: readonly HostAddress[] = [];
  /** Sends one after the other: the interface of a group is a setting of the whole socket. */
  #sending: Promise<void> = Promise.resolve();
  #zonesTried = 0;
  #isClosed = false;

  constructor(options: SocketsOptions) {
    this.#options = options;
  }

  /**
   * Opens them.
   *
   * @returns Why the shared port cannot be used, if so: others are found all the same, and do not find this one.
   */
  async open(): Promise<Error | undefined> {
    await this.#openPrivate();
    const { sharedPort } = this.#options;
    if (sharedPort === undefined) return undefined;
    const shared = await this.#bind("ipv4", sharedPort, true);
    await this.#bind("ipv6", sharedPort, true);
    return shared instanceof Error ? shared : undefined;
  }

  /** Port of this program alone; 0 if it got none. */
  get privatePort(): number {
    const own = this.#bound.find(({ isShared }) => !isShared);
    return own?.socket.address().port ?? 0;
  }

  /** Speaks and listens on the networks of these addresses from now on. */
  useAddresses(addresses: readonly HostAddress[]): void {
    this.#addresses = onePerLink(addresses).slice(0, limits.maxDiscoveryInterfaces);
    for (const { socket, family, isShared } of this.#bound) {
      if (!isShared) continue;
      for (const host of this.#addresses) if (host.family === family) this.#join(socket, host);
    }
  }

  /** Sends to one place; by the socket of a number if the place is to see its answer come from there. */
  send(bytes: Uint8Array, place: Place, by?: number): void {
    const family = place.address.includes(":") ? "ipv6" : "ipv4";
    const bound = by === undefined
      ? this.#bound.find((each) => !each.isShared && each.family === family)
      : this.#bound[by];
    if (bound === undefined) return;
    const { port } = place;
    const address = this.#withZone(place.address);
    this.#enqueue(() => transmit(bound.socket, bytes, { address, port }));
  }

  /** Not every runtime says by which interface a datagram of one link came: each is tried in turn. */
  #withZone(address: string): string {
    if (!/^fe[89ab][^%]*$/.test(address)) return address;
    const links = this.#addresses.filter(({ family }) => family === "ipv6");
    const link = links[this.#zonesTried++ % links.length]?.link;
    return link === undefined ? address : `${address}%${link}`;
  }

  /** Sends to every network. */
  broadcast(bytes: Uint8Array): void {
    const port = this.#options.groupPort;
    for (const { socket, family, isShared } of this.#bound) {
      if (isShared) continue;
      for (const { link, address, broadcast, family: its } of this.#addresses) {
        if (its !== family) continue;
        this.#enqueue(() => {
          socket.setMulticastInterface(family === "ipv4" ? address : `::%${link}`);
          return transmit(socket, bytes, { address: groups[family], port });
        });
        if (broadcast === undefined) continue;
        this.#enqueue(() => transmit(socket, bytes, { address: broadcast, port }));
      }
    }
  }

  /** Closes them after what is being sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#sending;
    await Promise.all(
      this.#bound.map(({ socket }) =>
        new Promise<void>((resolve) => socket.close(() => resolve()))
      ),
    );
  }

  /** The same port in both families where that can be had, as packets name one. */
  async #openPrivate(): Promise<void> {
    for (let attempt = 1;; attempt += 1) {
      const first = await this.#bind("ipv4", 0, false);
      const port = first instanceof Error ? 0 : first.address().port;
      const second = await this.#bind("ipv6", port, false);
      const isTaken = second instanceof Error && codeOf(second) === "EADDRINUSE";
      if (first instanceof Error || !isTaken || attempt === portAttempts) return;
      this.#bound.pop();
      first.close();
    }
  }

  async #bind(family: Bound["family"], port: number, isShared: boolean): Promise<Socket | Error> {
    const type = family === "ipv4" ? "udp4" : "udp6";
    const socket = createSocket({ type, reuseAddr: isShared, ipv6Only: family === "ipv6" });
    const failure = await new Promise<Error | undefined>((resolve) => {
      socket.once("error", resolve);
      socket.bind(port, family === "ipv4" ? "0.0.0.0" : "::", () => resolve(undefined));
    });
    if (failure !== undefined) {
      socket.close();
      return failure;
    }
    socket.removeAllListeners("error");
    // What a network reports of single datagrams ends nothing.
    socket.on("error", () => {});
    if (family === "ipv4") socket.setBroadcast(true);
    socket.setMulticastTTL(1);
    const at = this.#bound.push({ socket, family, isShared }) - 1;
    socket.on(
      "message",
      (bytes, { address, port: from }) =>
        this.#options.listener(bytes, { address, port: from, socket: at }),
    );
    return socket;
  }

  #join(socket: Socket, { link, family, address }: HostAddress): void {
    const key = family === "ipv4" ? `${link} ${address}` : link;
    if (this.#joined.has(`${family} ${key}`)) return;
    try {
      socket.addMembership(groups[family], family === "ipv4" ? address : `::%${link}`);
      this.#joined.add(`${family} ${key}`);
    } catch {
      // The interface cannot do it, or the system has no more groups to give: broadcasts are heard still.
    }
  }

  #enqueue(transmit: () => Promise<void>): void {
    // A network that is down, or an interface that just went, is no reason to end.
    this.#sending = this.#sending.then(() => this.#isClosed ? undefined : transmit()).catch(
      () => {},
    );
  }
}

/** The groups of IPv6 are joined by interface, so that one of its addresses is enough. */
function onePerLink(addresses: readonly HostAddress[]): HostAddress[] {
  const links = new Set<string>();
  return addresses.filter(({ family, link }) => {
    if (family === "ipv4") return true;
    const isFirst = !links.has(link);
    links.add(link);
    return isFirst;
  });
}

function transmit(socket: Socket, bytes: Uint8Array, { address, port }: Place): Promise<void> {
  return new Promise((resolve) => socket.send(bytes, port, address, () => resolve()));
}

function codeOf(error: Error): unknown {
  return (error as { readonly code?: unknown }).code;
}
