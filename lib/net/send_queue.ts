import type { Socket } from "node:net";
import { concatBytes } from "../wire/bytes.ts";
import type { RecordWriter } from "../wire/record.ts";
import { limits } from "../proto/limits.ts";

/** Frames are joined to writes of about this size: fewer calls into the system, little to copy. */
const writeBytes = 64 * 1024;

/**
 * What one side of a connection still has to send. All messages of one turn of the event loop go out together: the
 * first flush comes right after the code that sent, later ones of the same turn at its end. Messages are sealed when
 * the socket can take them and not before.
 */
export class SendQueue {
  readonly #socket: Socket;
  readonly #writer: RecordWriter;
  readonly #onWrite: () => void;
  /** Messages in order; those before `#next` are taken. */
  #messages: Uint8Array[] = [];
  #next = 0;
  #waitingBytes = 0;
  /** Frames of the message that is being sent. */
  #frames: Iterator<Uint8Array> | undefined;
  #frameLeftBytes = 0;
  #isPlanned = false;
  #flushedThisTurn = false;
  #isBlocked = false;
  #isEnding = false;
  #isOver = false;
  #waiters: (() => void)[] = [];

  /** `onWrite` is told of every write. */
  constructor(socket: Socket, writer: RecordWriter, onWrite: () => void) {
    this.#socket = socket;
    this.#writer = writer;
    this.#onWrite = onWrite;
    socket.on("drain", () => {
      this.#isBlocked = false;
      this.#flush();
    });
  }

  /** Bytes that the kernel has not taken yet. */
  get queuedBytes(): number {
    return this.#waitingBytes + this.#frameLeftBytes + this.#socket.writableLength;
  }

  /** Adds a message; false if the sender should wait. */
  push(message: Uint8Array): boolean {
    if (this.#isEnding || this.#isOver) return true;
    this.#messages.push(message);
    this.#waitingBytes += message.length;
    this.#plan();
    return this.queuedBytes < limits.sendHighWaterBytes;
  }

  /** Sends a sign of life, unless bytes wait already: the peer does not read then. */
  ping(): void {
    if (this.#isOver || this.#isEnding || this.#isBlocked || this.#hasWork) return;
    this.#write(this.#writer.ping());
  }

  /** Sends a goodbye after everything else, and the end of the stream. */
  end(): void {
    if (this.#isEnding || this.#isOver) return;
    this.#isEnding = true;
    this.#flush();
  }

  /** Drops everything and lets waiters go. */
  drop(): void {
    this.#isOver = true;
    this.#messages = [];
    this.#next = 0;
    this.#waitingBytes = 0;
    this.#frames = undefined;
    this.#frameLeftBytes = 0;
    this.#release();
  }

  /** Resolves once less than the high-water mark waits. */
  drained(): Promise<void> {
    if (this.#isOver || this.queuedBytes < limits.sendHighWaterBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  get #hasWork(): boolean {
    return this.#frames !== undefined || this.#next < this.#messages.length;
  }

  #plan(): void {
    if (this.#isPlanned || this.#isBlocked) return;
    this.#isPlanned = true;
    if (this.#flushedThisTurn) return;
    this.#flushedThisTurn = true;
    queueMicrotask(() => this.#flush());
    setImmediate(() => {
      this.#flushedThisTurn = false;
      if (this.#isPlanned) this.#flush();
    });
  }

  #flush(): void {
    this.#isPlanned = false;
    if (this.#isOver) return;
    let budgetBytes = limits.maxFlushBytes;
    while (this.#hasWork && !this.#isBlocked && budgetBytes > 0) {
      budgetBytes -= this.#write(this.#gather());
    }
    if (this.#hasWork && !this.#isBlocked) {
      // The rest after others had their turn.
      this.#isPlanned = true;
      setImmediate(() => this.#flush());
    }
    if (this.#isEnding && !this.#hasWork && !this.#isOver) this.#sayBye();
    if (this.queuedBytes < limits.sendHighWaterBytes) this.#release();
  }

  /** Seals frames up to about {@link writeBytes}. */
  #gather(): Uint8Array {
    const frames: Uint8Array[] = [];
    let bytes = 0;
    while (bytes < writeBytes) {
      const frame = this.#nextFrame();
      if (frame === undefined) break;
      frames.push(frame);
      bytes += frame.length;
    }
    const [first, second] = frames;
    return first !== undefined && second === undefined ? first : concatBytes(...frames);
  }

  #nextFrame(): Uint8Array | undefined {
    for (;;) {
      if (this.#frames === undefined && !this.#nextMessage()) return undefined;
      const next = this.#frames?.next();
      if (next?.done === false) {
        this.#frameLeftBytes = Math.max(0, this.#frameLeftBytes - next.value.length);
        return next.value;
      }
      this.#frames = undefined;
      this.#frameLeftBytes = 0;
    }
  }

  #nextMessage(): boolean {
    const message = this.#messages[this.#next];
    if (message === undefined) return false;
    this.#next++;
    if (this.#next === this.#messages.length) {
      this.#messages = [];
      this.#next = 0;
    }
    this.#waitingBytes -= message.length;
    this.#frameLeftBytes = message.length;
    this.#frames = this.#writer.message(message);
    return true;
  }

  #write(bytes: Uint8Array): number {
    this.#isBlocked = !this.#socket.write(bytes);
    this.#onWrite();
    return bytes.length;
  }

  #sayBye(): void {
    this.#isOver = true;
    this.#socket.end(this.#writer.bye());
  }

  #release(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
