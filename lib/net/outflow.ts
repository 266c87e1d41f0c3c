import { Deque } from "../core/shared/deque.ts";
import type { Connection } from "./types.ts";

/** Whatever is about this much or more goes by itself, in the bulk lane. */
export const longFrameBytes: number = 64 * 1024;

/** A message for the bulk lane, which is made into bytes when the one before it is sent. */
export type LongFrame = {
  /** What it is about: messages that must not arrive before it know it by this. */
  readonly about: string;
  /** Undefined: there is nothing to send any more. */
  readonly encode: () => Uint8Array | undefined;
};

/** What a message is made into. */
export type Frame = Uint8Array | LongFrame;

/** How messages go. */
export type OutflowRules<Message> = {
  /** Makes a message into frames, one when the one before is sent. */
  readonly encode: (message: Message) => Iterable<Frame>;
  /** Whether a message must arrive after a long frame that was before it. */
  readonly follows: (message: Message, about: string) => boolean;
};

/**
 * Messages on their way to a connection, in order. Each is made into bytes when there is room for them, so that what
 * waits costs no more than naming it. Long frames have an order of their own: other messages pass them, unless these
 * must follow.
 */
export class Outflow<Message> {
  readonly #connection: Connection;
  readonly #rules: OutflowRules<Message>;
  readonly #waiting = new Deque<Message>();
  /** Long frames that wait for the one that is being sent. */
  readonly #long = new Deque<LongFrame>();
  /** These, and the one that is being sent. */
  readonly #underWay = new Set<LongFrame>();
  /** Messages that must arrive after one of them. */
  #following: Message[] = [];
  #frames: Iterator<Frame> | undefined;
  #isBlocked = false;
  #isSendingLong = false;

  constructor(connection: Connection, rules: OutflowRules<Message>) {
    this.#connection = connection;
    this.#rules = rules;
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
        if (this.#mustFollow(message)) this.#following.push(message);
        else this.#frames = this.#rules.encode(message)[Symbol.iterator]();
        continue;
      }
      const next = this.#frames.next();
      if (next.done === true) this.#frames = undefined;
      else if (next.value instanceof Uint8Array) return next.value;
      else this.#addLong(next.value);
    }
  }

  #mustFollow(message: Message): boolean {
    for (const { about } of this.#underWay) if (this.#rules.follows(message, about)) return true;
    return false;
  }

  #addLong(frame: LongFrame): void {
    this.#long.pushBack(frame);
    this.#underWay.add(frame);
    if (!this.#isSendingLong) this.#sendLong();
  }

  #sendLong(): void {
    const frame = this.#long.shift();
    this.#isSendingLong = frame !== undefined;
    if (frame === undefined) return;
    const bytes = frame.encode();
    const arrival = bytes === undefined ? Promise.resolve() : this.#connection.sendBulk([bytes]);
    void arrival.then(() => {
      this.#underWay.delete(frame);
      const following = this.#following;
      this.#following = [];
      for (const message of following) this.push(message);
      this.#sendLong();
    });
  }
}
