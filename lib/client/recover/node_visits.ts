import { backoffDelayMs } from "../../core/shared/backoff.ts";
import { formatAddress } from "../../net/addresses.ts";
import { keepConnected } from "../../net/keep_connected.ts";
import type { Connection } from "../../net/types.ts";
import type { ClusterId, NodeId } from "../../proto/ids.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { nodeName } from "../endings.ts";
import type { ClientNetwork } from "../network.ts";
import { type NodeTarget, parseNodeTarget } from "../node_target.ts";
import { type HeldJobs, NodeCollector } from "./node_collector.ts";
import type { RecordedNode } from "./recorded_jobs.ts";

/** What visits need. */
export type NodeVisitsOptions = {
  readonly cluster: ClusterId;
  /** Whether to stay until nothing runs. */
  readonly waits: boolean;
  readonly reachMs: number;
  readonly secretFile: string | undefined;
  readonly onWarning: (message: string) => void;
  /** Whether jobs of a node are still open. */
  readonly isOpen: (node: NodeId) => boolean;
  readonly ended: (collector: NodeCollector, ends: readonly LeaseEnd[]) => void;
  readonly held: (node: NodeId, held: HeldJobs) => void;
  /** Something is different. */
  readonly changed: () => void;
};

/** A place where nodes were reached; each start of a node has an id of its own. */
type Place = {
  readonly target: NodeTarget;
  readonly hostKey: Uint8Array;
  readonly nodes: NodeId[];
  readonly over: AbortController;
};

const redial = { firstMs: 200, maxMs: 2_000 } as const;

/** Goes to the nodes that a lost client gave jobs to, and stays until each has told how they ended. */
export class NodeVisits {
  readonly #options: NodeVisitsOptions;
  readonly #places = new Map<string, Place>();
  readonly #loops: readonly Promise<void>[];
  #isOver = false;

  /** Begins with all of them. */
  constructor(nodes: readonly RecordedNode[], options: NodeVisitsOptions) {
    this.#options = options;
    for (const { node, address, hostKey } of nodes) {
      const key = `${address} ${Array.from(hostKey)}`;
      const target = parseNodeTarget(address);
      const over = new AbortController();
      const place = this.#places.get(key) ?? { target, hostKey, nodes: [], over };
      place.nodes.push(node);
      this.#places.set(key, place);
    }
    const network = this.#openNetwork();
    this.#loops = [...this.#places.values()].map((place) => this.#visit(place, network));
    void Promise.allSettled(this.#loops).then(() => {
      this.#isOver = true;
      options.changed();
    });
  }

  /** Whether there is nothing more to hear. */
  get isOver(): boolean {
    return this.#isOver;
  }

  async close(): Promise<void> {
    for (const { over } of this.#places.values()) over.abort();
    await Promise.allSettled(this.#loops);
  }

  async #openNetwork(): Promise<ClientNetwork> {
    const { openNetwork } = await import("../network.ts");
    const { secretFile, onWarning } = this.#options;
    const hosts = [...this.#places.values()].map(({ target }) => target.host);
    return await openNetwork(hosts, { isSearch: false, secretFile, cipher: undefined, onWarning });
  }

  async #visit(place: Place, opening: Promise<ClientNetwork>): Promise<void> {
    const { reachMs, onWarning } = this.#options;
    const { target, hostKey, nodes, over } = place;
    let why = "no answer in time";
    const giveUp = (): void => {
      const { host, port } = target;
      const names = [...new Set(nodes.map(nodeName))].join(", ");
      onWarning(
        `Cannot reach ${names} at ${formatAddress(host, port)}, which may have jobs: ${why}`,
      );
      over.abort();
    };
    let patience: ReturnType<typeof setTimeout> | undefined;
    const startPatience = (): void => {
      patience ??= setTimeout(giveUp, reachMs);
    };
    try {
      const network = await opening;
      startPatience();
      await keepConnected({
        dial: (signal) => network.dial(target, signal, hostKey),
        use: async (connection) => {
          clearTimeout(patience);
          patience = undefined;
          const told = await this.#collect(place, connection);
          if (told !== undefined) why = told;
          startPatience();
        },
        onFailure: ({ message }) => why = message,
        waitMs: (failures) => backoffDelayMs(redial, failures, Math.random()),
        signal: over.signal,
      });
    } catch (error) {
      onWarning((error as Error).message);
    } finally {
      clearTimeout(patience);
    }
  }

  /** Resolves when the connection is over; gives why, if more was to come. */
  #collect(place: Place, connection: Connection): Promise<string | undefined> {
    const { cluster, waits, isOpen, ended, held, changed } = this.#options;
    const { nodes, over } = place;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const endIfDone = (): void => {
      if (nodes.some(isOpen)) return;
      over.abort();
    };
    let wasToldAll = false;
    const collector: NodeCollector = new NodeCollector(connection, cluster, {
      ended: (ends) => {
        ended(collector, ends);
        // Until all is told that has ended, more may come.
        if (wasToldAll) endIfDone();
      },
      held: (what) => {
        wasToldAll = true;
        for (const node of nodes) {
          // An earlier start of it knew what this one does not.
          const isSameStart = node.endsWith(`~${connection.peer.instanceId}`);
          held(node, { ...what, isWhole: what.isWhole && isSameStart });
        }
        changed();
        if (waits) endIfDone();
        else over.abort();
      },
      closed: (why) => resolve(why),
    });
    over.signal.addEventListener("abort", () => {
      void collector.close().then(() => resolve(undefined));
    }, { once: true });
    return promise;
  }
}
