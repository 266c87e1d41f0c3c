import { availableParallelism } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadKnownHosts } from "../net/policy.ts";
import { canAccept } from "../net/roles.ts";
import type {
  Connection,
  DialOptions,
  Identity,
  Keyring,
  ListenAddress,
  Listener,
  ListenOptions,
  Peer,
} from "../net/types.ts";
import { detectPlatform } from "../platform/mod.ts";
import type { NodeFacts, NodeStatus } from "../proto/node_messages.ts";
import { version } from "../proto/version.ts";
import type { Isolation } from "../slots/local_pool.ts";
import { ClientDialer, type ClientPlace } from "./client_dialer.ts";
import { ClientSession } from "./client_session.ts";
import type { NodeParts } from "./node_parts.ts";
import { CodeCache } from "./code_cache.ts";
import type { Logger } from "../platform/logger.ts";
import { HostLoadMeter } from "./host_load.ts";
import { KeepService } from "./kept/keep_service.ts";
import { SchedulerService } from "./shared/scheduler_service.ts";
import { FileCache } from "./file_cache.ts";
import { SlotBroker } from "./slot_broker.ts";
import { WorkFolder } from "./work_folder.ts";

/** What a node daemon is started with. */
export type DaemonOptions = {
  /** What it calls itself. */
  readonly name: string;
  /** Addresses to listen on. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** Slots it lends; negative: so many fewer than it has cores. */
  readonly cpus: number;
  /** Words by which clients choose it. */
  readonly tags: readonly string[];
  /** What keeps jobs apart: a process each, or Workers of one process for each client. */
  readonly isolation: Isolation;
  /** Folder under which it keeps one of its own while it runs. */
  readonly destPath: string;
  /** Folder for what it keeps over restarts. */
  readonly stateFolder: string;
  /** How long a lost client's jobs may go on, and what they gave is kept, if the client asked for that. */
  readonly keepMs: number;
  readonly identity: Identity;
  readonly keys: Keyring;
  /** The only suite it takes, and asks for. @default any; "aes" where it dials */
  readonly cipher?: ListenOptions["suite"];
  readonly authorize: (peer: Peer) => string | undefined;
  /** Clients that listen for nodes, to be dialled while they are there. */
  readonly clients: readonly ClientPlace[];
  /** How it listens and dials: passed in, so that tests need no network. */
  readonly listen: (options: ListenOptions) => Promise<Listener>;
  readonly dial: (options: DialOptions) => Promise<Connection>;
  readonly log: Logger;
};

/** Lends this machine's cores to the clients that hold the cluster's secret. */
export class NodeDaemon {
  readonly #sessions = new Map<ClientSession, Connection>();
  readonly #parts: NodeParts;
  readonly #folder: WorkFolder;
  readonly #load = new HostLoadMeter();
  #listener: Listener | undefined;
  #dialer: ClientDialer | undefined;
  readonly #schedulers: SchedulerService;

  /** Daemons are started by {@link NodeDaemon.start}. */
  constructor(options: DaemonOptions, folder: WorkFolder) {
    this.#folder = folder;
    this.#parts = {
      name: options.name,
      facts: factsOf(options),
      platform: detectPlatform(),
      isolation: options.isolation,
      codes: new CodeCache(),
      broker: new SlotBroker(),
      files: new FileCache(join(folder.path, "files")),
      keeper: new KeepService({ ...options, folder: options.stateFolder }),
      folder: folder.path,
      log: options.log,
      status: () => this.#status(),
    };
    this.#schedulers = new SchedulerService(this.#parts, options.stateFolder);
  }

  /**
   * Starts a daemon.
   *
   * @throws {UsageError} When its destination path cannot be used.
   * @throws What `listen` throws when it cannot.
   */
  static async start(options: DaemonOptions): Promise<NodeDaemon> {
    const folder = await WorkFolder.open(options.destPath);
    const daemon = new NodeDaemon(options, folder);
    try {
      await daemon.#listen(options);
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
    if (options.clients.length > 0) daemon.#dial(options);
    return daemon;
  }

  get slots(): number {
    return this.#parts.facts.slots;
  }

  /** Where it listens, with the port it got. */
  get addresses(): Listener["addresses"] {
    return this.#listener?.addresses ?? [];
  }

  /** Listens on one more address, on the same port; throws what `listen` throws. */
  listenAlso(host: string): Promise<ListenAddress> {
    if (this.#listener === undefined) throw new Error("Cannot listen: the node has not started");
    return this.#listener.add(host);
  }

  /** Asks again who may be connected: the list has changed. */
  recheck(): void {
    this.#listener?.recheck();
  }

  /**
   * Finishes what runs for a scheduler, says goodbye to its clients, ends what they run here, and removes its files.
   */
  async stop(): Promise<void> {
    await this.#schedulers.stop();
    this.#dialer?.stop();
    await this.#listener?.close();
    // Those that were dialled are told as well; a session that has ended has cut its connection.
    await Promise.all([...this.#sessions.values()].map((connection) => connection.close()));
    await Promise.all([...this.#sessions.keys()].map((session) => session.end()));
    await this.#dialer?.ended();
    await this.#parts.keeper.stop();
    await this.#folder[Symbol.asyncDispose]();
    this.#load[Symbol.dispose]();
  }

  #status(): NodeStatus {
    let busySlots = 0;
    for (const session of this.#sessions.keys()) busySlots += session.busySlots;
    busySlots += this.#schedulers.open;
    return {
      ...this.#load.read(),
      busySlots: Math.min(busySlots, this.slots),
      clockMs: Date.now(),
    };
  }

  async #listen(options: DaemonOptions): Promise<void> {
    const { name, hosts, port, identity, keys, cipher, authorize, listen, log } = options;
    if (!canAccept(keys, "client")) {
      log.warn(
        `${keys.source} holds the keys of nodes, with which no client comes in; dial clients`,
      );
    }
    this.#listener = await listen({
      hosts,
      port,
      role: "node",
      name,
      identity,
      keys,
      suite: cipher,
      accepts: ["client", "scheduler"],
      authorize,
      onConnection: (connection) => void this.#serve(connection),
      onRefused: ({ message }) => log.warn(message),
    });
  }

  #dial(options: DaemonOptions): void {
    const { clients, name, identity, keys, cipher, dial, log } = options;
    const expectedRoles = ["client", "scheduler"] as const;
    const self = { role: "node", name, identity, keys, suite: cipher, expectedRoles } as const;
    this.#dialer = new ClientDialer({
      places: clients,
      dial: (place, signal) => dial({ ...self, ...place, knownHosts: loadKnownHosts(), signal }),
      serve: (connection) => this.#serve(connection),
      log,
    });
  }

  /** Serves a client until it is gone. */
  async #serve(connection: Connection): Promise<void> {
    if (connection.peer.role === "scheduler") return await this.#schedulers.serve(connection);
    const { log } = this.#parts;
    const { name, address } = connection.peer;
    log.info(`${name} connected from ${address}`);
    await new Promise<void>((resolve) => {
      const session: ClientSession = new ClientSession(connection, this.#parts, {
        opened: () => this.#endEarlier(session, connection),
        ended: () => {
          this.#sessions.delete(session);
          log.info(`${name} is gone`);
          resolve();
        },
      });
      this.#sessions.set(session, connection);
    });
  }

  /**
   * A client that asks for slots again has lost its last connection, which here may look alive for some seconds more:
   * it must not wait for itself.
   */
  #endEarlier(session: ClientSession, { peer }: Connection): void {
    for (const [other, connection] of this.#sessions) {
      if (other === session || !other.isOpen || !isSameInstance(connection.peer, peer)) continue;
      this.#parts.log.info(`${peer.name} is back: its connection from before ends`);
      void other.end();
    }
  }
}

function isSameInstance(one: Peer, other: Peer): boolean {
  return one.instanceId === other.instanceId && one.hostKey.toHex() === other.hostKey.toHex();
}

function factsOf({ cpus, tags }: DaemonOptions): NodeFacts {
  const { name, version: runtimeVersion } = detectPlatform();
  return {
    slots: cpus > 0 ? cpus : Math.max(1, availableParallelism() + cpus),
    runtime: name,
    runtimeVersion,
    platform: process.platform,
    arch: process.arch,
    version,
    tags,
  };
}
