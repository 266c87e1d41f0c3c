import { ConnectError } from "../net/connect_error.ts";
import type { Connection, Peer } from "../net/types.ts";
import type { NodeId } from "../proto/ids.ts";
import type { NodeFacts } from "../proto/node_messages.ts";
import type { ProviderListener, SlotProvider } from "../slots/provider.ts";
import { type RemoteComputation, RemoteNode } from "./remote_node.ts";

/** What connected nodes need of the cluster. */
export type ConnectedNodesOptions = {
  readonly computation: Promise<RemoteComputation>;
  /** Says why a node is given no jobs; undefined if it may have some. */
  readonly whyUnsuitable: (facts: NodeFacts) => string | undefined;
  /** Takes the events of every node; `provider` is who spoke. */
  readonly listener: (provider: SlotProvider, ...event: Parameters<ProviderListener>) => void;
};

/** One connection. The same node may have several: one is used, and the others stand by. */
type Link = {
  readonly node: RemoteNode;
  readonly instance: string;
  readonly end: () => void;
  isSuitable: boolean;
  isOpen: boolean;
};

/** Runs jobs on nodes over the connections there are, whichever side has dialled. */
export class ConnectedNodes {
  readonly #options: ConnectedNodesOptions;
  /** In the order they came. */
  readonly #links = new Set<Link>();
  /** Nodes that said that they cannot serve: they are not asked again. */
  readonly #unable = new Set<string>();

  constructor(options: ConnectedNodesOptions) {
    this.#options = options;
  }

  /**
   * Runs jobs on a node until its connection ends.
   *
   * @param onJudged Told why it is given no jobs, or undefined if it may have some; and again if it turns out that it
   * cannot serve.
   */
  async use(
    connection: Connection,
    onJudged: (obstacle: Error | undefined) => void,
  ): Promise<void> {
    const { computation, whyUnsuitable, listener } = this.#options;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const refuse = (why: string): void =>
      onJudged(new ConnectError("unsuitable", `Cannot use ${connection.peer.name}: ${why}`));
    const node: RemoteNode = new RemoteNode(connection, computation, {
      facts: (facts) => {
        if (this.#unable.has(link.instance)) return;
        const why = whyUnsuitable(facts);
        link.isSuitable = why === undefined;
        this.#openOne(link.instance);
        if (why === undefined) onJudged(undefined);
        else refuse(why);
      },
      unable: (why) => {
        this.#unable.add(link.instance);
        refuse(why);
      },
      events: (id, events) => {
        // What was not used has the same id as the connection that is.
        if (link.isOpen) listener(node, id, events);
        if (events.some(({ type }) => type === "gone")) this.#drop(link);
      },
    });
    const link: Link = {
      node,
      instance: instanceOf(connection.peer),
      end,
      isSuitable: false,
      isOpen: false,
    };
    this.#links.add(link);
    await ended;
  }

  /** The node of this id that runs jobs; undefined if it is not connected. */
  find(id: NodeId): RemoteNode | undefined {
    return [...this.#links].find(({ node, isOpen }) => isOpen && node.id === id)?.node;
  }

  /** Says goodbye to all nodes; their jobs of ours end. */
  async close(): Promise<void> {
    const links = [...this.#links];
    this.#links.clear();
    for (const { end } of links) end();
    await Promise.all(links.map(({ node }) => node.close()));
  }

  #drop(link: Link): void {
    this.#links.delete(link);
    link.end();
    this.#openOne(link.instance);
  }

  #openOne(instance: string): void {
    if (this.#unable.has(instance)) return;
    const links = [...this.#links].filter((link) => link.instance === instance);
    if (links.some(({ isOpen }) => isOpen)) return;
    const next = links.find(({ isSuitable }) => isSuitable);
    if (next === undefined) return;
    next.isOpen = true;
    next.node.open();
  }
}

/** Names one start of one node: its key, which it has proven, and what it calls this start. */
function instanceOf({ hostKey, instanceId }: Peer): string {
  return `${hostKey.toHex()} ${instanceId}`;
}
