import type { Connection, Peer } from "../net/types.ts";
import type { NodeFacts, NodeStatus, NodeToClient } from "../proto/node_messages.ts";
import { decodeNodeMessage } from "../wire/node_codec.ts";
import { encodeClientMessage } from "../wire/node_codec_client.ts";

/** How a node was when it was asked. */
export type NodeReading = {
  readonly peer: Peer;
  readonly facts: NodeFacts;
  readonly status: NodeStatus;
  /** From the question to the answer. */
  readonly roundTripMs: number;
  /** Its clock less this host's, as well as the round trip lets one tell. */
  readonly clockAheadMs: number;
};

/** Asks a node how it is, over a connection of its own, without taking its slots. */
export class NodeProbe {
  readonly peer: Peer;
  /** Resolves when the connection is over. */
  readonly ended: Promise<void>;
  readonly #connection: Connection;
  readonly #facts = Promise.withResolvers<NodeFacts>();
  #waiting: PromiseWithResolvers<NodeStatus> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.peer = connection.peer;
    this.#facts.promise.catch(() => {});
    connection.onMessage = (bytes) => this.#receive(bytes);
    this.ended = new Promise((resolve) => {
      connection.onClose = () => {
        this.#fail(new Error(`Cannot ask ${this.peer.name}: its connection is over`));
        resolve();
      };
    });
  }

  /**
   * Asks it. Ask again only after the answer.
   *
   * @throws {Error} When the connection ends before the answer.
   */
  async read(): Promise<NodeReading> {
    const facts = await this.#facts.promise;
    this.#waiting = Promise.withResolvers<NodeStatus>();
    const askedAtMs = performance.now();
    this.#connection.send(encodeClientMessage({ type: "status" }));
    const status = await this.#waiting.promise;
    const roundTripMs = performance.now() - askedAtMs;
    const clockAheadMs = status.clockMs - (Date.now() - roundTripMs / 2);
    return { peer: this.peer, facts, status, roundTripMs, clockAheadMs };
  }

  /** Says goodbye. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  #receive(bytes: Uint8Array): void {
    try {
      this.#handle(decodeNodeMessage(bytes));
    } catch (error) {
      // It cannot be understood, and never will be.
      this.#connection.destroy();
      this.#fail(error as Error);
    }
  }

  #handle(message: NodeToClient): void {
    if (message.type === "facts") this.#facts.resolve(message.facts);
    else if (message.type === "status") this.#waiting?.resolve(message.status);
  }

  #fail(error: Error): void {
    this.#facts.reject(error);
    this.#waiting?.reject(error);
  }
}
