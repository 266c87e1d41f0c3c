import { availableParallelism } from "node:os";
import process from "node:process";
import type { Connection, Identity, Keyring, Listener, ListenOptions } from "../net/types.ts";
import { detectPlatform } from "../platform/mod.ts";
import { version } from "../proto/version.ts";
import { ClientSession, type NodeParts } from "./client_session.ts";
import { CodeCache } from "./code_cache.ts";
import { SlotBroker } from "./slot_broker.ts";

/** What a node daemon is started with. */
export type DaemonOptions = {
  /** What it calls itself. */
  readonly name: string;
  /** Addresses to listen on. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** Slots it lends; negative: so many fewer than it has cores. */
  readonly cpus: number;
  readonly identity: Identity;
  readonly keys: Keyring;
  readonly authorize: ListenOptions["authorize"];
  /** How it listens: passed in, so that tests need no network. */
  readonly listen: (options: ListenOptions) => Promise<Listener>;
  /** Takes one line about something that its operator may want to know. */
  readonly log: (line: string) => void;
};

/** Lends this machine's cores to the clients that hold the cluster's secret. */
export class NodeDaemon {
  readonly slots: number;
  readonly #sessions = new Set<ClientSession>();
  readonly #parts: NodeParts;
  #listener: Listener | undefined;

  constructor(options: Pick<DaemonOptions, "cpus" | "log">) {
    const platform = detectPlatform();
    this.slots = slotsOf(options.cpus);
    this.#parts = {
      facts: {
        slots: this.slots,
        runtime: platform.name,
        runtimeVersion: platform.version,
        platform: process.platform,
        arch: process.arch,
        version,
      },
      platform,
      // One job's crash, exit or memory must not reach the daemon.
      isolation: "process",
      codes: new CodeCache(),
      broker: new SlotBroker(),
      log: options.log,
    };
  }

  /**
   * Starts a daemon.
   *
   * @throws What `listen` throws when it cannot.
   */
  static async start(options: DaemonOptions): Promise<NodeDaemon> {
    const daemon = new NodeDaemon(options);
    const { name, hosts, port, identity, keys, authorize, listen, log } = options;
    daemon.#listener = await listen({
      hosts,
      port,
      role: "node",
      name,
      identity,
      keys,
      authorize,
      onConnection: (connection) => daemon.#welcome(connection),
      onRefused: ({ message }) => log(message),
    });
    return daemon;
  }

  /** Where it listens, with the port it got. */
  get addresses(): Listener["addresses"] {
    return this.#listener?.addresses ?? [];
  }

  /** Asks again who may be connected: the list has changed. */
  recheck(): void {
    this.#listener?.recheck();
  }

  /** Says goodbye to its clients and ends what they run here. */
  async stop(): Promise<void> {
    await this.#listener?.close();
    await Promise.all([...this.#sessions].map((session) => session.end()));
  }

  #welcome(connection: Connection): void {
    const { name, address } = connection.peer;
    this.#parts.log(`${name} connected from ${address}`);
    const session: ClientSession = new ClientSession(connection, this.#parts, () => {
      this.#sessions.delete(session);
      this.#parts.log(`${name} is gone`);
    });
    this.#sessions.add(session);
  }
}

function slotsOf(cpus: number): number {
  return cpus > 0 ? cpus : Math.max(1, availableParallelism() + cpus);
}
