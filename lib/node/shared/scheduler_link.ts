import type { Link } from "../../core/shared/link.ts";
import { Outflow } from "../../net/outflow.ts";
import type { Connection } from "../../net/types.ts";
import type { FromNode, ToNode } from "../../proto/scheduler_links.ts";
import { decodeToNode } from "../../wire/scheduler_node_codec.ts";
import { MalformedTupleError } from "../../wire/tuple.ts";
import type { Logger } from "../../platform/logger.ts";
import { framesOf } from "./link_frames.ts";

/** What a link tells. */
export type SchedulerLinkListener = {
  message(link: SchedulerLink, message: ToNode): void;
  closed(link: SchedulerLink): void;
};

/** A connection to a shared scheduler. */
export class SchedulerLink {
  readonly link: Link;
  readonly #connection: Connection;
  readonly #out: Outflow<FromNode>;
  readonly #listener: SchedulerLinkListener;
  readonly #log: Logger;

  /** Listens to the connection until it ends; `link` numbers it. */
  constructor(
    connection: Connection,
    link: Link,
    parts: { readonly listener: SchedulerLinkListener; readonly log: Logger },
  ) {
    this.link = link;
    this.#connection = connection;
    this.#listener = parts.listener;
    this.#log = parts.log;
    // An end says all of its lease: what passes it is about others.
    this.#out = new Outflow<FromNode>(connection, { encode: framesOf, follows: () => false });
    connection.onMessage = (bytes) => this.#receive(bytes);
    connection.onBulk = (bytes) => this.#receive(bytes);
    connection.onClose = () => this.#listener.closed(this);
  }

  /** What the scheduler calls itself. */
  get name(): string {
    return this.#connection.peer.name;
  }

  /** Whether nothing was heard of it for longer than usual. */
  get isSuspect(): boolean {
    return this.#connection.isSuspect;
  }

  send(message: FromNode): void {
    this.#out.push(message);
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#connection.destroy();
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  #receive(bytes: Uint8Array): void {
    let message: ToNode;
    try {
      message = decodeToNode(bytes);
    } catch (error) {
      if (!(error instanceof MalformedTupleError)) throw error;
      // A scheduler of this version does not send such a thing: there is nothing to talk about.
      this.#log.warn(`scheduler ${this.name} was disconnected: ${error.message}`);
      return this.#connection.destroy();
    }
    this.#listener.message(this, message);
  }
}
