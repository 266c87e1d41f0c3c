import type { Connection } from "../net/types.ts";
import type { ComputationId, NodeId, OwnerId } from "../proto/ids.ts";
import type { SchedulerStatus } from "../proto/scheduler_links.ts";
import { NodeLink, type NodeLinkParts, suspicionMs } from "./node_link.ts";
import { describeScheduler } from "./status.ts";

/** All connections to nodes, whoever dialled. */
export class NodeLinks {
  readonly #parts: Omit<NodeLinkParts, "admit" | "onEnd">;
  /** Open connections, and what tells that each is over. */
  readonly #uses = new Map<NodeLink, PromiseWithResolvers<void>>();
  /** The connection of each node that counts, or counted last. */
  readonly #current = new Map<NodeId, NodeLink>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(parts: Omit<NodeLinkParts, "admit" | "onEnd">) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      for (const link of this.#uses.keys()) link.checkSuspicion();
    }, suspicionMs);
  }

  /**
   * Takes a connection. It is over when the promise resolves; when the node has another connection already, once that is
   * over as well, so that nobody dials it for nothing.
   */
  async use(connection: Connection): Promise<void> {
    const over = Promise.withResolvers<void>();
    const link: NodeLink = new NodeLink(connection, {
      ...this.#parts,
      admit: (id) => this.#admit(link, id),
      onEnd: () => {
        this.#uses.delete(link);
        over.resolve();
      },
    });
    this.#uses.set(link, over);
    const { log } = this.#parts;
    const { name, address } = connection.peer;
    log.info(`node ${name} connected at ${address}`);
    await over.promise;
    log.info(`node ${name} at ${address} is gone`);
    const other = link.id === undefined ? undefined : this.#current.get(link.id);
    if (other !== undefined && other !== link) await this.#uses.get(other)?.promise;
  }

  /** Code has come that nodes may wait for. */
  onCode(computation: ComputationId): void {
    for (const link of this.#uses.keys()) link.sendWanted(computation);
  }

  /** What an owner may know of the scheduler. */
  statusFor(owner: OwnerId): SchedulerStatus {
    const { state } = this.#parts.shell;
    for (const [id, link] of this.#current) {
      if (!state.nodes.has(id) && !this.#uses.has(link)) this.#current.delete(id);
    }
    return describeScheduler(state, this.#current, owner);
  }

  /** Says goodbye to all nodes. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#uses.keys()].map((link) => link.connection.close()));
  }

  /** Of two connections to the same start of a node, the first counts as long as the node is heard on it. */
  #admit(link: NodeLink, id: NodeId): boolean {
    const other = this.#current.get(id);
    if (other !== undefined && this.#uses.has(other)) {
      const { isSuspect, peer } = other.connection;
      if (!isSuspect && peer.instanceId === link.connection.peer.instanceId) {
        this.#parts.log.debug(`node ${peer.name} is connected twice`);
        return false;
      }
      other.replace();
    }
    this.#current.set(id, link);
    return true;
  }
}
