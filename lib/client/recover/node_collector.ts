import { leaseKey } from "../../core/shared/lease_key.ts";
import type { Connection } from "../../net/types.ts";
import type { ClusterId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { ClientToKeeper, KeeperToClient } from "../../proto/keep_messages.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import {
  decodeKeeperToClient,
  encodeClientToKeeper,
  isKeepMessage,
} from "../../wire/keep_codec.ts";
import { decodeNodeMessage } from "../../wire/node_codec.ts";

/** What a node has of a lost client's jobs, once it has told all that has ended. */
export type HeldJobs = { readonly isWhole: boolean; readonly leases: ReadonlySet<string> };

/** What a collector tells. */
export type CollectorListener = {
  readonly ended: (ends: readonly LeaseEnd[]) => void;
  readonly held: (held: HeldJobs) => void;
  /** The connection is over, and why, if it was not to be. */
  readonly closed: (why: string | undefined) => void;
};

/** Fetches from one node what it has of a cluster. */
export class NodeCollector {
  readonly #connection: Connection;
  readonly #listener: CollectorListener;
  #refusal: string | undefined;

  constructor(connection: Connection, cluster: ClusterId, listener: CollectorListener) {
    this.#connection = connection;
    this.#listener = listener;
    connection.onMessage = (bytes) => this.#receive(bytes);
    connection.onBulk = (bytes) => this.#receive(bytes);
    connection.onClose = (reason) =>
      listener.closed(this.#refusal ?? ("why" in reason ? reason.why : "it said goodbye"));
    this.#send({ type: "collect", cluster });
  }

  /** Tells the node that these ends are on record. */
  forget(leases: readonly LeaseRef[]): void {
    if (leases.length > 0) this.#send({ type: "forget", leases });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #send(message: ClientToKeeper): void {
    this.#connection.send(encodeClientToKeeper(message));
  }

  #receive(bytes: Uint8Array): void {
    try {
      if (isKeepMessage(bytes)) return this.#take(decodeKeeperToClient(bytes));
      const message = decodeNodeMessage(bytes);
      if (message.type === "unable") this.#refusal = message.why;
    } catch (error) {
      this.#refusal = `it says what cannot be understood: ${(error as Error).message}`;
      this.#connection.destroy();
    }
  }

  #take(message: KeeperToClient): void {
    switch (message.type) {
      case "kept":
        return this.#listener.ended(message.ends);
      case "held": {
        const { isWhole, leases } = message;
        return this.#listener.held({ isWhole, leases: new Set(leases.map(leaseKey)) });
      }
      default:
        assertNever(message);
    }
  }
}
