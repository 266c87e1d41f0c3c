import type { Computation } from "../code/computation.ts";
import { Dispatcher } from "../dispatch/dispatcher.ts";
import { detectPlatform } from "../platform/mod.ts";
import type { Code } from "../proto/executor.ts";
import type { NodeId } from "../proto/ids.ts";
import type { Platform } from "../platform/types.ts";
import { LocalPool } from "../slots/local_pool.ts";
import { formatAddress } from "../net/addresses.ts";
import { ConnectError } from "../net/connect_error.ts";
import type { SlotProvider } from "../slots/provider.ts";
import type { SlotEvent } from "../slots/types.ts";
import { nodeName } from "./endings.ts";
import { withAssets } from "./files/asset_files.ts";
import { collectFiles } from "./files/collect_files.ts";
import { OfferedFiles } from "./files/offered_files.ts";
import { type Job, settleJob, startJob } from "./job.ts";
import { describeThrown } from "./job_failure.ts";
import { loadFailure } from "./load_failure.ts";
import type { NodeLinks } from "./node_links.ts";
import type { NodeTarget } from "./node_target.ts";
import type { RemoteNode } from "./remote_node.ts";
import type { ClusterOptions, JobOutput } from "./options.ts";
import { mayUseNodes, type ResolvedOptions, resolveOptions } from "./resolved_options.ts";
import { Postponed } from "./postponed.ts";
import type { JobRecorder } from "./recover/job_recorder.ts";
import { whyUnsuitable } from "./requirements.ts";

/** What a cluster is put together from. */
export type ClusterParts = {
  readonly options: ResolvedOptions;
  readonly platform: Platform;
  readonly computation: Computation;
  readonly dispatcher: Dispatcher<Job<unknown>>;
  /** What has slots: the local cores, the links to nodes. */
  readonly providers: readonly Closable[];
  /** The node of this id; undefined if it is a slot of this program, or is lost. */
  readonly findNode: (id: NodeId) => RemoteNode | undefined;
  /** Writes the recover file, if there is one. */
  readonly recorder: JobRecorder | undefined;
};

type Closable = { close(): Promise<void> };

/** How long after the first local slot the search for nodes begins. */
const searchDelayMs = 100;
/** How long a cluster without local slots waits for the first node that is found. */
const firstNodeMs = 6_000;

/**
 * Makes the computation and starts slots for it, at the same time.
 *
 * @returns When a slot is ready.
 * @throws What making the computation throws.
 * @throws {CodeError} When the code throws while it is loaded.
 * @throws {ConnectError} When there are no local slots and no node can be used.
 */
export async function assembleCluster(
  compute: (base: string) => Promise<Computation>,
  clusterOptions: ClusterOptions,
): Promise<ClusterParts> {
  const platform = detectPlatform();
  const options = resolveOptions(clusterOptions, platform);
  // What is wrong with them is told before anything is started.
  const named = await collectFiles(options.files, options.base);
  const computing = compute(options.base);
  const files = new OfferedFiles(async () => {
    const { assets } = await computing;
    return await withAssets(named, assets, options);
  });
  const start = new ClusterStart(options, platform, computing, files);
  try {
    await start.record();
    await start.open();
    const computation = await computing;
    await start.ready.catch((error: unknown) => {
      throw start.isLoadFailure ? loadFailure(error, computation) : error;
    });
    const { dispatcher, providers, recorder } = start;
    const findNode = (id: NodeId): RemoteNode | undefined => start.links?.find(id);
    return { options, platform, computation, dispatcher, providers, findNode, recorder };
  } catch (error) {
    await Promise.all(start.providers.map((provider) => provider.close()));
    start.dispatcher.endAll({ status: "refused", error });
    start.recorder?.close();
    throw error;
  }
}

/** A cluster on its way to its first slot. */
class ClusterStart {
  readonly dispatcher = new Dispatcher<Job<unknown>>({
    started: (job, node, attempt, atMs) => startJob(job, nodeName(node), attempt, atMs),
    ended: (job, end) => {
      this.recorder?.ended(job.id, end);
      settleJob(job, end);
    },
    assigned: (node, leases) => this.recorder?.assigned(node, leases),
    returned: (job) => this.recorder?.returned(job),
    output: (job, stream, text) => this.#tellOutput({ job, stream, text }),
  });
  recorder: JobRecorder | undefined;
  readonly providers: Closable[] = [];
  links: NodeLinks | undefined;
  /** Whether it was the code that failed, and not the way to a node. */
  isLoadFailure = false;
  readonly #options: ResolvedOptions;
  readonly #platform: Platform;
  readonly #computing: Promise<Computation>;
  readonly #files: OfferedFiles;
  readonly #ready = Promise.withResolvers<void>();
  /** Why nodes that were named are not used. */
  readonly #obstacles = new Map<NodeTarget, Error>();
  #wasReady = false;

  constructor(
    options: ResolvedOptions,
    platform: Platform,
    computing: Promise<Computation>,
    files: OfferedFiles,
  ) {
    this.#files = files;
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

  #tellOutput(output: JobOutput): void {
    const { onOutput, onWarning } = this.#options;
    try {
      onOutput?.(output);
    } catch (error) {
      onWarning(`The function given as onOutput threw: ${describeThrown(error)}`);
    }
  }

  /** Begins the recover file, if there is to be one. */
  async record(): Promise<void> {
    const { recoverFile, onWarning } = this.#options;
    if (recoverFile === undefined) return;
    const { JobRecorder } = await import("./recover/job_recorder.ts");
    this.recorder = JobRecorder.open(recoverFile, {
      forget: (node, leases) => this.links?.find(node)?.forget(leases),
      onWarning,
    });
  }

  async open(): Promise<void> {
    const { slots, targets, listen, localObstacle, onWarning } = this.#options;
    if (localObstacle !== undefined) onWarning(`Cannot use local slots: ${localObstacle}`);
    if (slots > 0) this.providers.push(this.#startPool());
    if (!mayUseNodes(this.#options)) return;
    if (slots === 0 || targets.length > 0 || listen !== undefined) {
      this.providers.push(await this.#startLinks());
      return;
    }
    // Nobody waits for nodes that may be found: the first results come from here, and short runs need no others.
    this.providers.push(new Postponed(this.ready, searchDelayMs, () => this.#searchLater()));
  }

  #startPool(): LocalPool {
    const options = {
      ...this.#options,
      platform: this.#platform,
      code: this.#code(),
      place: { dir: this.#options.base, nodeName: "local" },
      live: this.#options.onOutput !== undefined,
    };
    const pool: LocalPool = new LocalPool(
      options,
      (node, events) => this.#receive(pool, node, events),
    );
    return pool;
  }

  async #startLinks(): Promise<NodeLinks> {
    // Loaded when nodes are asked for: most programs start without cryptography.
    const [{ NodeLinks }, { openNetwork }] = await Promise.all([
      import("./node_links.ts"),
      import("./network.ts"),
    ]);
    const { slots, targets, listen, search, require, onWarning, onOutput } = this.#options;
    const live = onOutput !== undefined;
    const { needsProcesses } = this.#options;
    const places = listen === undefined ? targets : [...targets, listen];
    const isSearch = search !== undefined;
    const links: NodeLinks = new NodeLinks({
      targets,
      network: await openNetwork(places.map(({ host }) => host), { ...this.#options, isSearch }),
      computation: this.#code().then(async (code) => {
        const { id } = await this.#computing;
        const cluster = this.recorder?.cluster;
        return { id, code, live, needsProcesses, files: this.#files, cluster };
      }),
      whyUnsuitable: (facts) => whyUnsuitable(require, facts),
      listener: (provider, node, events) => this.#receive(provider, node, events),
      onTarget: (target, obstacle) => this.#onTarget(target, obstacle),
      onUnsuitable: ({ message }) => onWarning(message),
    });
    this.links = links;
    try {
      if (listen !== undefined) await links.listen(listen);
      if (search !== undefined) await this.#search(links, search.seeds);
    } catch (error) {
      await links.close();
      throw error;
    }
    if (listen === undefined || slots > 0 || targets.length > 0) return links;
    const place = formatAddress(listen.host, listen.port);
    onWarning(`Waiting for nodes: start them with "muster node --dial ${place}"`);
    return links;
  }

  async #search(links: NodeLinks, seeds: readonly NodeTarget[]): Promise<void> {
    const { slots, listen, onWarning } = this.#options;
    // Nodes of this host have the same cores as its local slots.
    const how = { seeds, ownNodes: slots === 0 };
    await links.search({ ...how, onUnreachable: ({ message }) => onWarning(message) });
    if (slots > 0 || listen !== undefined) return;
    const timer = setTimeout(() => this.#ready.reject(nothingFound()), firstNodeMs);
    void this.ready.finally(() => clearTimeout(timer)).catch(() => {});
  }

  /** Without it the jobs go on all the same. */
  async #searchLater(): Promise<Closable | undefined> {
    try {
      return await this.#startLinks();
    } catch (error) {
      this.#options.onWarning((error as Error).message);
      return undefined;
    }
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
        const peer = this.links?.find(node)?.peer;
        if (peer !== undefined) this.recorder?.nodeReady(node, peer);
        this.#wasReady = true;
        this.#ready.resolve();
      }
      if (event.type !== "failed") continue;
      this.isLoadFailure = true;
      this.#ready.reject(event.error);
    }
    this.dispatcher.receive(provider, node, events);
  }

  #onTarget(target: NodeTarget, obstacle: Error | undefined): void {
    if (obstacle === undefined) return void this.#obstacles.delete(target);
    this.#obstacles.set(target, obstacle);
    const { slots, targets, listen, search, onWarning } = this.#options;
    const mayCome = slots > 0 || listen !== undefined || search !== undefined;
    const hasOther = mayCome || this.#obstacles.size < targets.length;
    if (hasOther || this.#wasReady) onWarning(obstacle.message);
    else this.#ready.reject(this.#noNode(obstacle));
  }

  /** What to throw when there is no node to use, the last one for the reason given. */
  #noNode(last: Error): Error {
    const errors = [...this.#obstacles.values()];
    if (errors.length === 1 || !errors.some(isUnsuitable)) return last;
    const reasons = errors.map(({ message }) => message.replace(/^Cannot /, "cannot ")).join("; ");
    return new ConnectError("unsuitable", `Cannot place jobs: ${reasons}`);
  }
}

function nothingFound(): ConnectError {
  const seconds = firstNodeMs / 1000;
  return new ConnectError(
    "unreachable",
    `Cannot find a node: none that can be used was found within ${seconds} s; start "muster node" on ` +
      'other hosts, or see what "muster doctor" says',
  );
}

function isUnsuitable(error: Error): boolean {
  return error instanceof ConnectError && error.reason === "unsuitable";
}
