import { setTimeout } from "node:timers/promises";
import { backoffDelayMs } from "../core/shared/backoff.ts";
import type { Connection } from "../net/types.ts";
import type { Backoff } from "../proto/jobs.ts";
import type { ProviderListener, SlotProvider } from "../slots/provider.ts";
import { type RemoteComputation, RemoteNode } from "./remote_node.ts";

/** Where a node daemon listens. */
export type NodeTarget = { readonly host: string; readonly port: number };

/** What links need of the cluster. */
export type NodeLinksOptions = {
  readonly targets: readonly NodeTarget[];
  readonly computation: Promise<RemoteComputation>;
  readonly dial: (target: NodeTarget, signal: AbortSignal) => Promise<Connection>;
  /** Takes the events of every node; `provider` is who spoke. */
  readonly listener: (provider: SlotProvider, ...event: Parameters<ProviderListener>) => void;
  /** Told each time a node could not be reached. */
  readonly onUnreachable: (target: NodeTarget, error: Error) => void;
};

const redial: Backoff = { firstMs: 200, maxMs: 5_000 };

/** Keeps a connection to each named node, and makes a new one when it breaks or could not be made. */
export class NodeLinks {
  readonly #options: NodeLinksOptions;
  readonly #closed = new AbortController();
  /** Nodes with an open connection, and what ends the use of each. */
  readonly #nodes = new Map<RemoteNode, () => void>();
  readonly #loops: readonly Promise<void>[];

  /** Starts dialling all of them. */
  constructor(options: NodeLinksOptions) {
    this.#options = options;
    this.#loops = options.targets.map((target) => this.#keep(target));
  }

  /** Says goodbye to all nodes; their jobs of ours end. */
  async close(): Promise<void> {
    this.#closed.abort();
    const nodes = [...this.#nodes];
    for (const [, end] of nodes) end();
    await Promise.all(nodes.map(([node]) => node.close()));
    await Promise.all(this.#loops);
  }

  async #keep(target: NodeTarget): Promise<void> {
    const { signal } = this.#closed;
    let failures = 0;
    while (!signal.aborted) {
      const connection = await this.#tryDial(target);
      if (connection === undefined) failures += 1;
      else {
        failures = 0;
        await this.#use(connection);
      }
      if (signal.aborted) return;
      const waitMs = backoffDelayMs(redial, Math.max(1, failures), Math.random());
      await setTimeout(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  async #tryDial(target: NodeTarget): Promise<Connection | undefined> {
    try {
      return await this.#options.dial(target, this.#closed.signal);
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#options.onUnreachable(target, error as Error);
      return undefined;
    }
  }

  /** Runs jobs on a node until its connection ends. */
  async #use(connection: Connection): Promise<void> {
    // It may have come to be in the moment of the close, which then did not see it.
    if (this.#closed.signal.aborted) return connection.destroy();
    const ended = Promise.withResolvers<void>();
    const node: RemoteNode = new RemoteNode(
      connection,
      this.#options.computation,
      (id, events) => {
        this.#options.listener(node, id, events);
        if (events.some(({ type }) => type === "gone")) ended.resolve();
      },
    );
    this.#nodes.set(node, ended.resolve);
    await ended.promise;
    this.#nodes.delete(node);
  }
}
