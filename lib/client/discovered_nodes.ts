import { randomBytes } from "node:crypto";
import { type Dial, DialPlan } from "../core/discovery/dial_plan.ts";
import { Discovery } from "../net/discovery/discovery.ts";
import type { Seed } from "../net/discovery/seeds.ts";
import type { Connection, Identity, Keyring } from "../net/types.ts";
import type { NodeTarget } from "./node_target.ts";

/** What finding nodes needs. */
export type DiscoveredNodesOptions = {
  readonly identity: Identity;
  readonly keys: Keyring;
  /** Hosts that introduce this one where its questions do not reach. */
  readonly seeds: readonly Seed[];
  /** Whether nodes on this host count. */
  readonly ownNodes: boolean;
  /** Connects to a node that must have this host key. */
  readonly dial: (
    target: NodeTarget,
    hostKey: Uint8Array,
    signal: AbortSignal,
  ) => Promise<Connection>;
  /** Takes a connection; it is over when the promise resolves. */
  readonly use: (connection: Connection) => Promise<void>;
  /** Told when a node that was found could be reached at none of its addresses. */
  readonly onUnreachable: (error: Error) => void;
  /** Told in one line of what hinders the search. */
  readonly onProblem: (message: string) => void;
};

/** Finds nodes and keeps a connection to each: a few are dialled at once, each address after growing pauses. */
export class DiscoveredNodes {
  readonly #options: DiscoveredNodesOptions;
  readonly #plan = new DialPlan(randomBytes(4).readUInt32BE());
  readonly #closed = new AbortController();
  readonly #dialling = new Set<Promise<unknown>>();
  readonly #used = new Set<Promise<void>>();
  #discovery: Discovery | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(options: DiscoveredNodesOptions) {
    this.#options = options;
  }

  /** Begins to search. */
  static async start(options: DiscoveredNodesOptions): Promise<DiscoveredNodes> {
    const nodes = new DiscoveredNodes(options);
    const { identity, keys, seeds, ownNodes: ownDaemons, onProblem } = options;
    nodes.#discovery = await Discovery.start({
      role: "client",
      identity,
      keys,
      seeds,
      ownDaemons,
      onFound: (member) => {
        if (member.role !== "node") return;
        nodes.#plan.want(member);
        nodes.#dialDue();
      },
      onGone: (member) => nodes.#plan.drop(member),
      onProblem,
    });
    return nodes;
  }

  /** Resolves once nothing that was found so far is being dialled any more. */
  async dialled(): Promise<void> {
    while (this.#dialling.size > 0) await Promise.allSettled(this.#dialling);
  }

  /** Searches and dials no more, from the call on; then waits for the connections, which their user ends. */
  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#timer);
    await this.#discovery?.close();
    await this.dialled();
    await Promise.all(this.#used);
  }

  #dialDue(): void {
    clearTimeout(this.#timer);
    if (this.#closed.signal.aborted) return;
    for (const dial of this.#plan.due(performance.now())) {
      this.#track(this.#dialling, this.#dial(dial));
    }
    const nextMs = this.#plan.nextMs();
    if (nextMs === undefined) return;
    this.#timer = setTimeout(() => this.#dialDue(), Math.max(1, nextMs - performance.now()));
  }

  async #dial(dial: Dial): Promise<void> {
    const { member, address } = dial;
    const target = { host: address, port: member.port };
    const { signal } = this.#closed;
    try {
      const hostKey = Uint8Array.fromHex(member.hostKey);
      const connection = await this.#options.dial(target, hostKey, signal);
      this.#plan.opened(dial);
      // It may have come to be in the moment of the close.
      if (signal.aborted) connection.destroy();
      else this.#track(this.#used, this.#use(dial, connection));
    } catch (error) {
      const isHopeless = this.#plan.failed(dial, performance.now());
      if (isHopeless && !signal.aborted) this.#options.onUnreachable(error as Error);
    }
    this.#dialDue();
  }

  async #use(dial: Dial, connection: Connection): Promise<void> {
    await this.#options.use(connection);
    this.#plan.closed(dial, performance.now());
    this.#dialDue();
  }

  #track(set: Set<Promise<unknown>>, work: Promise<void>): void {
    set.add(work);
    void work.finally(() => set.delete(work));
  }
}
