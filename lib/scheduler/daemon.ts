import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { SharingPolicy } from "../core/scheduler/fairness.ts";
import { defaultShared, type SchedulerState } from "../core/scheduler/state.ts";
import { openSqliteJournal } from "../journal/sqlite.ts";
import type { Durability, Journal, JournalState } from "../journal/types.ts";
import type {
  Connection,
  Identity,
  Keyring,
  ListenAddress,
  Listener,
  ListenOptions,
  Peer,
} from "../net/types.ts";
import type { Logger } from "../platform/logger.ts";
import type { SchedulerId } from "../proto/ids.ts";
import { assertNever } from "../proto/states.ts";
import { ClientLink, type ClientLinkParts } from "./client_link.ts";
import { Codes } from "./codes.ts";
import { NodeLinks } from "./node_links.ts";
import { type Restored, restoreFrom } from "./restore.ts";
import { SchedulerShell } from "./shell.ts";

/** What a scheduler daemon is started with. */
export type DaemonOptions = {
  /** What it calls itself. */
  readonly name: string;
  /** Addresses to listen on. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly policy: SharingPolicy;
  readonly durability: Durability;
  /** Folder of its journal; not used for durability `memory`. */
  readonly folder: string;
  /** A result that nobody has fetched is kept for this long. */
  readonly resultExpiryMs: number;
  /** A node that is away for this long has lost its jobs. */
  readonly lostMs: number;
  /** Jobs that a cluster may have open, at most. */
  readonly maxOpenJobs: number;
  /** Jobs that all clusters of one client may have open together; undefined: as many as they like. */
  readonly maxJobsPerClient: number | undefined;
  readonly identity: Identity;
  readonly keys: Keyring;
  readonly authorize: (peer: Peer) => string | undefined;
  /** How it listens: passed in, so that tests need no network. */
  readonly listen: (options: ListenOptions) => Promise<Listener>;
  readonly log: Logger;
};

/** How often code that no cluster needs is looked for. */
const pruneMs = 600_000;

type Parts = Restored & { readonly journal: Journal | undefined; readonly codes: Codes };

/** Keeps the jobs of many clients and spreads them over the nodes. */
export class SchedulerDaemon {
  /** Rejects when nothing can be kept any more and it must end. */
  readonly failed: Promise<never>;
  readonly #options: DaemonOptions;
  readonly #parts: Parts;
  readonly #shell: SchedulerShell;
  readonly #nodes: NodeLinks;
  readonly #pruneTimer: ReturnType<typeof setInterval>;
  #listener: Listener | undefined;

  private constructor(options: DaemonOptions, parts: Parts, watch: JournalWatch) {
    this.#options = options;
    this.#parts = parts;
    this.failed = watch.failed.promise;
    const { log } = options;
    const { payloads, codes } = parts;
    this.#shell = new SchedulerShell({ ...parts, log });
    watch.onState = (state) => this.#shell.onJournalState(state);
    this.#nodes = new NodeLinks({ shell: this.#shell, payloads, codes, log });
    this.#pruneTimer = setInterval(() => this.#prune(), pruneMs);
  }

  /**
   * Starts a daemon, which goes on where the last one with its journal ended.
   *
   * @throws {UsageError} When its journal is another's or cannot be used, or an address cannot be listened on.
   * @throws {JournalError} When its journal is damaged.
   */
  static async start(options: DaemonOptions): Promise<SchedulerDaemon> {
    const { durability, folder, policy, resultExpiryMs, lostMs, maxJobsPerClient } = options;
    const sharing = { policy, resultExpiryMs, lostMs, maxOwnerJobs: maxJobsPerClient ?? Infinity };
    const watch: JournalWatch = { failed: Promise.withResolvers(), onState: () => {} };
    const journal = await openJournal(options, watch);
    try {
      const restored = await restoreFrom(journal, {
        seed: randomBytes(4).readUInt32BE(),
        shared: { ...defaultShared, ...sharing },
      });
      const codes = new Codes(durability === "memory" ? undefined : join(folder, "code"));
      const daemon = new SchedulerDaemon(options, { ...restored, journal, codes }, watch);
      await daemon.#start();
      return daemon;
    } catch (error) {
      await journal?.close();
      throw error;
    }
  }

  /** Where it listens, with the port it got. */
  get addresses(): Listener["addresses"] {
    return this.#listener?.addresses ?? [];
  }

  /** Listens on one more address, on the same port; throws what `listen` throws. */
  listenAlso(host: string): Promise<ListenAddress> {
    if (this.#listener === undefined) throw new Error("Cannot listen: it has not started");
    return this.#listener.add(host);
  }

  /** What it knows. */
  get state(): SchedulerState {
    return this.#shell.state;
  }

  /** Takes a connection to a node that was dialled. It is over when the promise resolves. */
  useNode(connection: Connection): Promise<void> {
    return this.#nodes.use(connection);
  }

  /** Asks again who may be connected: the list has changed. */
  recheck(): void {
    this.#listener?.recheck();
  }

  /** Has all on disk that was said, and says goodbye. What runs on nodes goes on there. */
  async stop(): Promise<void> {
    clearInterval(this.#pruneTimer);
    await this.#shell.stop();
    await Promise.all([this.#nodes.close(), this.#listener?.close()]);
    await this.#parts.journal?.close();
  }

  async #start(): Promise<void> {
    this.#prune();
    const scheduler = randomBytes(16).toString("hex") as SchedulerId;
    this.#shell.push({ type: "start", scheduler });
    const { name, hosts, port, identity, keys, authorize, listen, log } = this.#options;
    this.#listener = await listen({
      hosts,
      port,
      role: "scheduler",
      name,
      identity,
      keys,
      accepts: ["client", "node"],
      authorize,
      onConnection: (connection) => this.#welcome(connection),
      onRefused: ({ message }) => log.warn(message),
    });
  }

  #welcome(connection: Connection): void {
    const { role } = connection.peer;
    switch (role) {
      case "client":
        new ClientLink(connection, this.#clientParts);
        return;
      case "node":
        return void this.#nodes.use(connection);
      case "scheduler":
        return connection.destroy();
      default:
        assertNever(role);
    }
  }

  get #clientParts(): ClientLinkParts {
    const { payloads, codes } = this.#parts;
    return {
      shell: this.#shell,
      payloads,
      codes,
      maxOpenJobs: this.#options.maxOpenJobs,
      statusFor: (owner) => this.#nodes.statusFor(owner),
      onCode: (computation) => this.#nodes.onCode(computation),
      log: this.#options.log,
    };
  }

  #prune(): void {
    const used = new Set<string>();
    for (const { shared } of this.#shell.state.clusters.values()) {
      if (shared !== undefined) used.add(shared.computation);
    }
    this.#parts.codes.prune((id) => used.has(id));
  }
}

type JournalWatch = {
  readonly failed: PromiseWithResolvers<never>;
  onState: (state: JournalState) => void;
};

async function openJournal(
  { durability, folder }: DaemonOptions,
  watch: JournalWatch,
): Promise<Journal | undefined> {
  if (durability === "memory") return undefined;
  return await openSqliteJournal({
    folder,
    durability,
    onState: (state) => {
      watch.onState(state);
      if (state.kind === "failed") watch.failed.reject(state.error);
    },
  });
}
