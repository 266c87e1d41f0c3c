import { Deque } from "../core/shared/deque.ts";
import type { Connection } from "./types.ts";

/**
 * Messages on their way to a connection, in order. Each is made into bytes when there is room for them, so that what
 * waits costs no more than naming it.
 */
export class Outflow<Message> {
  readonly #connection: Connection;
  readonly #encode: (message: Message) => Iterable<Uint8Array>;
  readonly #waiting = new Deque<Message>();
  #frames: Iterator<Uint8Array> | undefined;
  #isBlocked = false;

  /** @param encode Makes a message into frames, one when the one before is sent. */
  constructor(connection: Connection, encode: (message: Message) => Iterable<Uint8Array>) {
    this.#connection = connection;
    this.#encode = encode;
  }

  /** Adds a message. */
  push(message: Message): void {
    this.#waiting.pushBack(message);
    if (!this.#isBlocked) this.#pump();
  }

  #pump(): void {
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      if (this.#connection.send(frame)) continue;
      this.#isBlocked = true;
      void this.#connection.drained().then(() => {
        this.#isBlocked = false;
        this.#pump();
      });
      return;
    }
  }

  #next(): Uint8Array | undefined {
    for (;;) {
      if (this.#frames === undefined) {
        const message = this.#waiting.shift();
        if (message === undefined) return undefined;
        this.#frames = this.#encode(message)[Symbol.iterator]();
      }
      const next = this.#frames.next();
      if (next.done !== true) return next.value;
      this.#frames = undefined;
    }
  }
}
