import { backoffDelayMs } from "../core/shared/backoff.ts";
import { dial } from "../net/dial.ts";
import { type FoundPlace, MemberDialer } from "../net/discovery/member_dialer.ts";
import { DaemonPresence } from "../net/discovery/presence.ts";
import type { Seed } from "../net/discovery/seeds.ts";
import { keepConnected } from "../net/keep_connected.ts";
import { loadKnownHosts } from "../net/policy.ts";
import type { Connection, Identity, Keyring } from "../net/types.ts";
import type { Logger } from "../platform/logger.ts";
import type { Backoff } from "../proto/jobs.ts";
import type { SchedulerDaemon } from "./daemon.ts";

/** What dialling nodes needs of the daemon. */
export type OutgoingLinksOptions = {
  /** What the scheduler calls itself. */
  readonly name: string;
  /** Nodes that were named. */
  readonly nodes: readonly FoundPlace[];
  /** Whether nodes that are found are used. */
  readonly discovers: boolean;
  readonly extHosts: readonly string[];
  readonly seeds: readonly Seed[];
  readonly daemon: SchedulerDaemon;
  readonly identity: Identity;
  readonly keys: Keyring;
  readonly log: Logger;
};

const redial: Backoff = { firstMs: 200, maxMs: 5_000 };

/** Connections to nodes that the scheduler dials: those that were named, and those that are found. */
export class OutgoingLinks {
  readonly #options: OutgoingLinksOptions;
  readonly #stopped = new AbortController();
  readonly #members: MemberDialer;
  #loops: readonly Promise<void>[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: OutgoingLinksOptions) {
    const { daemon, log } = options;
    this.#options = options;
    this.#members = new MemberDialer({
      dial: (place, hostKey, signal) => this.#dial(place, signal, hostKey),
      use: (connection) => daemon.useNode(connection),
      onUnreachable: ({ message }) => log.warn(message),
    });
  }

  /** Makes the scheduler known, and uses the nodes that are found. */
  findNodes(followsNetworks: boolean): Promise<DaemonPresence> {
    const { discovers } = this.#options;
    return DaemonPresence.start({
      ...this.#options,
      role: "scheduler",
      followsNetworks,
      onFound: (member) => {
        if (discovers && member.role === "node") this.#members.want(member);
      },
      onGone: (member) => this.#members.drop(member),
    });
  }

  /** Starts dialling the nodes that were named. */
  start(): void {
    const { nodes, daemon, log } = this.#options;
    this.#loops = nodes.map((place) =>
      keepConnected({
        dial: (signal) => this.#dial(place, signal),
        use: (connection) => daemon.useNode(connection),
        onFailure: ({ message }) => log.warn(message),
        waitMs: (failures) => backoffDelayMs(redial, failures, Math.random()),
        signal: this.#stopped.signal,
      })
    );
  }

  /** Dials no more; open connections stay so. */
  stop(): void {
    this.#stopped.abort();
    this.#closing = this.#members.close();
  }

  /** Resolves once all connections are over. */
  async ended(): Promise<void> {
    await Promise.all([...this.#loops, this.#closing]);
  }

  #dial(place: FoundPlace, signal: AbortSignal, expectedHostKey?: Uint8Array): Promise<Connection> {
    const { name, identity, keys } = this.#options;
    return dial({
      ...place,
      role: "scheduler",
      expectedRoles: ["node"],
      name,
      identity,
      keys,
      knownHosts: loadKnownHosts(),
      expectedHostKey,
      signal,
    });
  }
}
