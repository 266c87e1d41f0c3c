import { setTimeout } from "node:timers/promises";
import { hostname } from "node:os";
import { dial } from "../net/dial.ts";
import type { Seed } from "../net/discovery/seeds.ts";
import { isSecretInPlace } from "../net/key_files.ts";
import { loadIdentity, loadKeys, loadSharedKeys } from "../net/keys.ts";
import { loadKnownHosts } from "../net/policy.ts";
import type { Connection, Identity, Keyring } from "../net/types.ts";
import { limits } from "../proto/limits.ts";
import type { Suite } from "../wire/handshake.ts";
import { DiscoveredNodes } from "./discovered_nodes.ts";
import type { NodeTarget } from "./node_target.ts";
import { NodeProbe, type NodeReading } from "./node_probe.ts";

/** What a survey is started with. */
export type NodeSurveyOptions = {
  /** Nodes to ask whether or not they are found. */
  readonly targets: readonly NodeTarget[];
  readonly seeds: readonly Seed[];
  readonly secretFile: string | undefined;
  readonly cipher?: Suite | undefined;
  /** Told in one line, once each, what hinders the search and which nodes cannot be reached. */
  readonly onProblem: (message: string) => void;
};

/** How long nodes have to answer a search. */
const searchMs = 1_800;
/** How long those found have to be connected to, beyond that. */
const connectMs = 4_500;
/** How long a node may take to say how it is. */
const answerMs = 3_000;
/** When a named node that could not be reached is dialled again. */
const redialMs = 2_000;

/** Asks all nodes that are named or found how they are, without taking their slots. */
export class NodeSurvey {
  readonly #options: NodeSurveyOptions;
  readonly #keys: Keyring;
  readonly #identity: Identity;
  readonly #closed = new AbortController();
  readonly #probes = new Set<NodeProbe>();
  readonly #told = new Set<string>();
  readonly #named: readonly Promise<void>[];
  readonly #startedAtMs = performance.now();
  #discovered: DiscoveredNodes | undefined;

  private constructor(options: NodeSurveyOptions, keys: Keyring, identity: Identity) {
    this.#options = options;
    this.#keys = keys;
    this.#identity = identity;
    this.#named = options.targets.map((target) => this.#dialNamed(target));
  }

  /**
   * Begins to search, if there is a secret to search with, and to dial the nodes that are named.
   *
   * @throws {UsageError} When there is no secret and a node beyond this machine, or none, is named; or when its file
   * cannot be used.
   */
  static async start(options: NodeSurveyOptions): Promise<NodeSurvey> {
    const { targets, seeds, secretFile } = options;
    const isSearch = targets.length === 0 || seeds.length > 0 || isSecretInPlace({ secretFile });
    const bind = targets.map(({ host }) => host);
    const keys = isSearch
      ? await loadSharedKeys({ secretFile })
      : await loadKeys({ secretFile, bind });
    const survey = new NodeSurvey(options, keys, await loadIdentity());
    if (isSearch) await survey.#search();
    return survey;
  }

  /** Resolves once nodes have had the time to be found and connected to. */
  async settled(): Promise<void> {
    const tried = Promise.all(this.#named);
    if (this.#discovered !== undefined) {
      await setTimeout(Math.max(0, this.#startedAtMs + searchMs - performance.now()));
    }
    const ended = new AbortController();
    await Promise.race([
      Promise.all([tried, this.#discovered?.dialled()]),
      setTimeout(connectMs, undefined, { signal: ended.signal }).catch(() => {}),
    ]);
    ended.abort();
  }

  /** Asks all nodes there are, each once, in the order of their names. */
  async read(): Promise<NodeReading[]> {
    const probes = new Map([...this.#probes].map((probe) => [probe.peer.instanceId, probe]));
    const readings = await Promise.all([...probes.values()].map((probe) => this.#ask(probe)));
    return readings.flatMap((reading) => reading ?? []).sort((a, b) =>
      a.peer.name.localeCompare(b.peer.name) || a.peer.address.localeCompare(b.peer.address)
    );
  }

  /** Says goodbye to all. */
  async close(): Promise<void> {
    this.#closed.abort();
    // First of all no connection comes to be any more.
    const searched = this.#discovered?.close();
    await Promise.all([...this.#probes].map((probe) => probe.close()));
    await Promise.all([searched, ...this.#named]);
  }

  async #search(): Promise<void> {
    this.#discovered = await DiscoveredNodes.start({
      identity: this.#identity,
      keys: this.#keys,
      seeds: this.#options.seeds,
      ownNodes: true,
      dial: (target, hostKey, signal) => this.#dial(target, signal, hostKey),
      use: (connection) => this.#use(connection),
      onUnreachable: ({ message }) => this.#tell(message),
      onProblem: (message) => this.#tell(message),
    });
  }

  /** Resolves after the first attempt; later ones follow by themselves. */
  async #dialNamed(target: NodeTarget): Promise<void> {
    const { signal } = this.#closed;
    const again = async (): Promise<void> => {
      await setTimeout(redialMs, undefined, { signal, ref: false });
      await this.#dialNamed(target);
    };
    try {
      const connection = await this.#dial(target, signal);
      if (signal.aborted) return connection.destroy();
      void this.#use(connection).then(again).catch(() => {});
    } catch (error) {
      if (signal.aborted) return;
      this.#tell((error as Error).message);
      void again().catch(() => {});
    }
  }

  #dial(
    { host, port }: NodeTarget,
    signal: AbortSignal,
    hostKey?: Uint8Array,
  ): Promise<Connection> {
    return dial({
      host,
      port,
      role: "client",
      name: hostname().slice(0, limits.maxNameBytes),
      identity: this.#identity,
      keys: this.#keys,
      knownHosts: loadKnownHosts(),
      expectedHostKey: hostKey,
      suite: this.#options.cipher,
      signal,
    });
  }

  async #use(connection: Connection): Promise<void> {
    const probe = new NodeProbe(connection);
    this.#probes.add(probe);
    await probe.ended;
    this.#probes.delete(probe);
  }

  async #ask(probe: NodeProbe): Promise<NodeReading | undefined> {
    const answered = new AbortController();
    const late = setTimeout(answerMs, undefined, { signal: answered.signal }).catch(() =>
      undefined
    );
    try {
      const reading = await Promise.race([probe.read(), late]);
      if (reading === undefined) this.#tell(`${probe.peer.name} does not answer`);
      return reading;
    } catch (error) {
      this.#tell((error as Error).message);
      return undefined;
    } finally {
      answered.abort();
    }
  }

  #tell(message: string): void {
    if (!this.#told.has(message)) this.#options.onProblem(message);
    this.#told.add(message);
  }
}
