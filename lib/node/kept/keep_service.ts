import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openSqliteJournal } from "../../journal/sqlite.ts";
import type { Journal, JournalState } from "../../journal/types.ts";
import type { Logger } from "../../platform/logger.ts";
import { UsageError } from "../../proto/errors.ts";
import type { ClusterId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { KeeperToClient } from "../../proto/keep_messages.ts";
import { limits } from "../../proto/limits.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { endBytes, KeptResults } from "./kept_results.ts";

/** A session whose client asked for its results to be kept. */
export type KeepingSession = {
  readonly cluster: ClusterId;
  /** What its client was not heard to have on record. */
  readonly unforgotten: readonly LeaseEnd[];
  /** What has not ended. */
  readonly held: readonly LeaseRef[];
  forget(leases: readonly LeaseRef[]): void;
};

/** Takes what there is of a cluster. */
export type Collector = (message: KeeperToClient) => void;

/** What a node keeps results with. */
export type KeepOptions = {
  readonly folder: string;
  readonly name: string;
  readonly log: Logger;
  readonly keepMs: number;
};

/** How often it is looked for what has expired. */
const expiryCheckMs = 60_000;
/** Ends in one message, unless they are large. */
const maxEndsAtOnce = 256;
const hashChars = 16;

/**
 * Keeps what jobs gave whose clients have a recover file, for whoever comes to collect it. Most nodes never meet such a
 * client: what it takes is made for the first.
 */
export class KeepService {
  readonly #folder: string;
  readonly #log: Logger;
  readonly #keepMs: number;
  readonly #sessions = new Map<ClusterId, Set<KeepingSession>>();
  readonly #collectors = new Map<ClusterId, Collector>();
  /** Clusters of which something may have begun that neither ended nor is held. */
  readonly #torn = new Set<ClusterId>();
  readonly #known = new Set<ClusterId>();
  #opening: Promise<KeptResults> | undefined;
  #expiryTimer: ReturnType<typeof setInterval> | undefined;

  /**
   * @param options.folder Where results are kept over restarts of the node.
   * @param options.name What the node calls itself: started again under it, it finds what it kept.
   * @param options.keepMs For how long results are kept after their client was lost.
   */
  constructor(options: KeepOptions) {
    this.#folder = join(options.folder, `kept-${hashOf(options.name)}`);
    this.#log = options.log;
    this.#keepMs = options.keepMs;
  }

  /** For how long a lost client's jobs may go on. */
  get keepMs(): number {
    return this.#keepMs;
  }

  /**
   * A session begins to keep.
   *
   * @throws {Error} When results cannot be kept here.
   */
  async add(session: KeepingSession): Promise<void> {
    const { cluster } = session;
    this.#known.add(cluster);
    // Of what is not known any more, the worse is taken to be true.
    const [oldest = cluster] = this.#known;
    if (this.#known.size > limits.maxKeptClusters) this.#known.delete(oldest);
    const sessions = this.#sessions.get(cluster) ?? new Set();
    this.#sessions.set(cluster, sessions.add(session));
    await this.#open();
  }

  /** A session has ended; what it kept is on disk. */
  async delete(session: KeepingSession): Promise<void> {
    const { cluster, held, unforgotten } = session;
    if (held.length > 0) this.#torn.add(cluster);
    const sessions = this.#sessions.get(cluster);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(cluster);
    await this.save(cluster, unforgotten);
    this.tellHeld(cluster);
  }

  /** Puts ends on disk; resolves when they are there. */
  async save(cluster: ClusterId, ends: readonly LeaseEnd[]): Promise<void> {
    if (ends.length === 0) return;
    try {
      await (await this.#open()).save(cluster, ends, Date.now() + this.#keepMs);
    } catch (error) {
      this.#log.error(`results of a lost client are not on disk: ${(error as Error).message}`);
    }
  }

  /** An attempt has ended: whoever collects is told. */
  ended(cluster: ClusterId, end: LeaseEnd): void {
    this.#collectors.get(cluster)?.({ type: "kept", ends: [end] });
  }

  /** Tells whoever collects what is still held. */
  tellHeld(cluster: ClusterId): void {
    const sessions = [...this.#sessions.get(cluster) ?? []];
    this.#collectors.get(cluster)?.({
      type: "held",
      isWhole: this.#known.has(cluster) && !this.#torn.has(cluster),
      leases: sessions.flatMap(({ held }) => held),
    });
  }

  /**
   * Gives all that is kept of a cluster, and then what is held, and later how that ends.
   *
   * @param signal Ends it.
   */
  async collect(cluster: ClusterId, collector: Collector, signal: AbortSignal): Promise<void> {
    const results = await this.#open();
    if (signal.aborted) return;
    this.#collectors.set(cluster, collector);
    signal.addEventListener("abort", () => {
      if (this.#collectors.get(cluster) === collector) this.#collectors.delete(cluster);
    }, { once: true });
    const sessions = [...this.#sessions.get(cluster) ?? []];
    const ends = [
      ...results.endsOf(cluster),
      ...sessions.flatMap(({ unforgotten }) => unforgotten),
    ];
    for (const part of inParts(ends)) collector({ type: "kept", ends: part });
    this.tellHeld(cluster);
  }

  /** These ends are on record elsewhere. */
  async forget(cluster: ClusterId, leases: readonly LeaseRef[]): Promise<void> {
    for (const session of this.#sessions.get(cluster) ?? []) session.forget(leases);
    if (this.#opening !== undefined) (await this.#opening).remove(cluster, leases);
  }

  /** Makes all durable that was to be kept. */
  async stop(): Promise<void> {
    clearInterval(this.#expiryTimer);
    const results = await this.#opening?.catch(() => undefined);
    await results?.close();
  }

  #open(): Promise<KeptResults> {
    this.#opening ??= this.#openResults();
    // The next one tries again.
    this.#opening.catch(() => this.#opening = undefined);
    return this.#opening;
  }

  async #openResults(): Promise<KeptResults> {
    const results = await KeptResults.open(
      await openKeptJournal(this.#folder, this.#log),
      limits.maxKeptBytes,
    );
    results.expire(Date.now());
    this.#expiryTimer = setInterval(() => {
      const expired = results.expire(Date.now());
      if (expired > 0) this.#log.warn(`results of ${expired} jobs have expired: nobody came`);
    }, expiryCheckMs);
    return results;
  }
}

/** Nodes of one host and name have a journal each: the first one that no other uses. */
async function openKeptJournal(folder: string, log: Logger): Promise<Journal> {
  const onState = (state: JournalState): void => {
    if (state.kind === "working") log.info("results are kept on disk again");
    else log.error(`results are not kept on disk: ${state.error.message}`);
  };
  let inUse: UsageError | undefined;
  for (let number = 1; number <= limits.maxNodesOfHost; number += 1) {
    const own = `${folder}-${number}`;
    mkdirSync(own, { recursive: true, mode: 0o700 });
    try {
      return await openSqliteJournal({ folder: own, durability: "normal", onState });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      inUse = error;
    }
  }
  throw new UsageError(`Cannot keep results in ${folder}: ${inUse?.message}`, { cause: inUse });
}

/** A name may hold what no path may. */
function hashOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, hashChars);
}

/** Small ends go together, a large one by itself. */
function* inParts(ends: readonly LeaseEnd[]): Generator<readonly LeaseEnd[]> {
  let part: LeaseEnd[] = [];
  let bytes = 0;
  for (const end of ends) {
    const size = endBytes(end);
    if (part.length === maxEndsAtOnce || (part.length > 0 && bytes + size > limits.maxFlushBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(end);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
