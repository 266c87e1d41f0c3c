import type { Computation } from "../code/computation.ts";
import { Dispatcher } from "../dispatch/dispatcher.ts";
import { detectPlatform } from "../platform/mod.ts";
import type { Code } from "../proto/executor.ts";
import type { NodeId } from "../proto/ids.ts";
import type { Platform } from "../platform/types.ts";
import { LocalPool } from "../slots/local_pool.ts";
import type { SlotProvider } from "../slots/provider.ts";
import type { SlotEvent } from "../slots/types.ts";
import { nodeName } from "./endings.ts";
import { type Job, settleJob, startJob } from "./job.ts";
import { loadFailure } from "./load_failure.ts";
import type { NodeLinks, NodeTarget } from "./node_links.ts";
import { type ClusterOptions, type ResolvedOptions, resolveOptions } from "./options.ts";

/** What a cluster is put together from. */
export type ClusterParts = {
  readonly options: ResolvedOptions;
  readonly platform: Platform;
  readonly computation: Computation;
  readonly dispatcher: Dispatcher<Job<unknown>>;
  /** What has slots: the local cores, the links to nodes. */
  readonly providers: readonly Closable[];
};

type Closable = { close(): Promise<void> };

/**
 * Makes the computation and starts slots for it, at the same time.
 *
 * @returns When a slot is ready.
 * @throws What making the computation throws.
 * @throws {CodeError} When the code throws while it is loaded.
 * @throws {ConnectError} When there are no local slots and no node can be reached.
 */
export async function assembleCluster(
  compute: () => Promise<Computation>,
  clusterOptions: ClusterOptions,
): Promise<ClusterParts> {
  const platform = detectPlatform();
  const options = resolveOptions(clusterOptions, platform);
  const computing = compute();
  const start = new ClusterStart(options, platform, computing);
  try {
    await start.open();
    const computation = await computing;
    await start.ready.catch((error: unknown) => {
      throw start.isLoadFailure ? loadFailure(error, computation) : error;
    });
    const { dispatcher, providers } = start;
    return { options, platform, computation, dispatcher, providers };
  } catch (error) {
    await Promise.all(start.providers.map((provider) => provider.close()));
    start.dispatcher.endAll({ status: "refused", error });
    throw error;
  }
}

/** A cluster on its way to its first slot. */
class ClusterStart {
  readonly dispatcher = new Dispatcher<Job<unknown>>({
    started: (job, node, attempt, atMs) => startJob(job, nodeName(node), attempt, atMs),
    ended: settleJob,
  });
  readonly providers: Closable[] = [];
  /** Whether it was the code that failed, and not the way to a node. */
  isLoadFailure = false;
  readonly #options: ResolvedOptions;
  readonly #platform: Platform;
  readonly #computing: Promise<Computation>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #unreachable = new Set<NodeTarget>();
  #wasReady = false;

  constructor(options: ResolvedOptions, platform: Platform, computing: Promise<Computation>) {
    this.#options = options;
    this.#platform = platform;
    this.#computing = computing;
    // Each may fail while nobody waits for it yet.
    this.#ready.promise.catch(() => {});
    computing.catch(() => {});
  }

  /** Resolves when a slot is ready; rejects when none can be. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  async open(): Promise<void> {
    const { slots, targets } = this.#options;
    if (slots > 0) this.providers.push(this.#startPool());
    if (targets.length > 0) this.providers.push(await this.#startLinks());
  }

  #startPool(): LocalPool {
    const options = { ...this.#options, platform: this.#platform, code: this.#code() };
    const pool: LocalPool = new LocalPool(
      options,
      (node, events) => this.#receive(pool, node, events),
    );
    return pool;
  }

  async #startLinks(): Promise<NodeLinks> {
    // Loaded when nodes are asked for: most programs start without cryptography.
    const [{ NodeLinks }, { createDialer }] = await Promise.all([
      import("./node_links.ts"),
      import("./network.ts"),
    ]);
    const { targets, secretFile } = this.#options;
    return new NodeLinks({
      targets,
      computation: this.#computing.then(async ({ id }) => ({ id, code: await this.#code() })),
      dial: await createDialer(targets, secretFile),
      listener: (provider, node, events) => this.#receive(provider, node, events),
      onUnreachable: (target, error) => this.#onUnreachable(target, error),
    });
  }

  /** What slots load; it never comes if making it fails, which is seen elsewhere. */
  #code(): Promise<Code> {
    return this.#computing.then(
      ({ format, text, filename }): Code => ({ format, text, filename }),
      () => new Promise<never>(() => {}),
    );
  }

  #receive(provider: SlotProvider, node: NodeId, events: readonly SlotEvent[]): void {
    for (const event of events) {
      if (event.type === "ready") {
        this.#wasReady = true;
        this.#ready.resolve();
        // If this node goes away, that is news again.
        this.#unreachable.clear();
      }
      if (event.type !== "failed") continue;
      this.isLoadFailure = true;
      this.#ready.reject(event.error);
    }
    this.dispatcher.receive(provider, node, events);
  }

  #onUnreachable(target: NodeTarget, error: Error): void {
    const { slots, targets, onWarning } = this.#options;
    if (this.#unreachable.has(target)) return; // It was told; it is tried again in silence.
    this.#unreachable.add(target);
    if (slots === 0 && !this.#wasReady && this.#unreachable.size === targets.length) {
      this.#ready.reject(error);
    } else onWarning(error.message);
  }
}
