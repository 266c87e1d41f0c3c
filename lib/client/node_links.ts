import { backoffDelayMs } from "../core/shared/backoff.ts";
import { keepConnected } from "../net/keep_connected.ts";
import type { NodeId } from "../proto/ids.ts";
import type { Backoff } from "../proto/jobs.ts";
import { ConnectedNodes, type ConnectedNodesOptions } from "./connected_nodes.ts";
import type { ClientNetwork, SearchOptions } from "./network.ts";
import type { RemoteNode } from "./remote_node.ts";
import type { NodeTarget } from "./node_target.ts";

/** What links need of the cluster. */
export type NodeLinksOptions = ConnectedNodesOptions & {
  /** Nodes to dial. */
  readonly targets: readonly NodeTarget[];
  readonly network: ClientNetwork;
  /** Told why a node that is dialled is not used, it being out of reach or not suitable; undefined once it is. */
  readonly onTarget: (target: NodeTarget, obstacle: Error | undefined) => void;
  /** Told the same of a node that has dialled. */
  readonly onUnsuitable: (error: Error) => void;
};

const redial: Backoff = { firstMs: 200, maxMs: 5_000 };

/** Connections to nodes: those that are named or found, which are dialled again when they break, and those that dial in. */
export class NodeLinks {
  readonly #options: NodeLinksOptions;
  readonly #closed = new AbortController();
  readonly #nodes: ConnectedNodes;
  readonly #loops: readonly Promise<void>[];
  #listener: { close(): Promise<void> } | undefined;
  #search: Promise<{ close(): Promise<void> }> | undefined;

  /** Starts dialling all of them. */
  constructor(options: NodeLinksOptions) {
    this.#options = options;
    this.#nodes = new ConnectedNodes(options);
    this.#loops = options.targets.map((target) => this.#keep(target));
  }

  /**
   * Takes nodes that dial.
   *
   * @throws {UsageError} When the place cannot be listened on.
   */
  async listen(place: NodeTarget): Promise<void> {
    const { network, onUnsuitable } = this.#options;
    this.#listener = await network.listen(place, (connection) => {
      void this.#nodes.use(connection, (obstacle) => {
        if (obstacle !== undefined) onUnsuitable(obstacle);
      });
    });
  }

  /** Uses nodes that are found. One that is named or has dialled as well is used once. */
  async search(how: Pick<SearchOptions, "seeds" | "ownNodes" | "onUnreachable">): Promise<void> {
    const { network, onUnsuitable } = this.#options;
    this.#search = network.search({
      ...how,
      use: (connection) =>
        this.#nodes.use(connection, (obstacle) => {
          if (obstacle !== undefined) onUnsuitable(obstacle);
        }),
    });
    await this.#search;
  }

  /** The node of this id that runs jobs; undefined if it is not connected. */
  find(id: NodeId): RemoteNode | undefined {
    return this.#nodes.find(id);
  }

  /** Says goodbye to all nodes; their jobs of ours end. */
  async close(): Promise<void> {
    this.#closed.abort();
    const listening = this.#listener?.close();
    // Nothing is found any more after those there are have been closed.
    const searching = (await this.#search?.catch(() => undefined))?.close();
    await this.#nodes.close();
    await Promise.all([listening, searching]);
    await Promise.all(this.#loops);
  }

  #keep(target: NodeTarget): Promise<void> {
    const { network, onTarget } = this.#options;
    return keepConnected({
      dial: (signal) => network.dial(target, signal),
      use: (connection) => this.#nodes.use(connection, (obstacle) => onTarget(target, obstacle)),
      onFailure: (error) => onTarget(target, error),
      waitMs: (failures) => backoffDelayMs(redial, failures, Math.random()),
      signal: this.#closed.signal,
    });
  }
}
