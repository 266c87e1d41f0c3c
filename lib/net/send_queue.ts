import type { Socket } from "node:net";
import { concatBytes, freeBytes } from "../wire/bytes.ts";
import type { Lane } from "../wire/record.ts";
import { frameHeader } from "../wire/record_writer.ts";
import type { Message, RecordWriter, UnsealedRecord } from "../wire/record_writer.ts";
import { limits } from "../proto/limits.ts";
import { LongCipher } from "./long_cipher.ts";
import { SendLane } from "./send_lane.ts";

/** Frames are joined to writes of about this size: fewer calls into the system, little to copy. */
const writeBytes = 64 * 1024;

/** A frame of so many bytes is written by itself. */
const minAloneBytes = 32 * 1024;

/** Records that are made before the first of them is written, while it is being sealed. */
const maxRecordsAhead = 4;

/** A record in its place: its frame, in one or two parts, once it is sealed. */
type Slot = { readonly bytes: number; frame: readonly Uint8Array[] | undefined };

const ignore = (): void => {};

/**
 * What one side of a connection still has to send. All messages of one turn of the event loop go out together: the
 * first flush comes right after the code that sent, later ones of the same turn at its end. Messages are sealed when
 * the socket can take them and not before, and those of the control lane before those of the bulk lane.
 */
export class SendQueue {
  readonly #socket: Socket;
  readonly #writer: RecordWriter;
  readonly #onWrite: () => void;
  readonly #lanes: Readonly<Record<Lane, SendLane>>;
  readonly #cipher = new LongCipher("encrypt");
  /** Records that are made and not written, from the first on that is not sealed. */
  #slots: Slot[] = [];
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
    this.#lanes = { control: new SendLane("control", writer), bulk: new SendLane("bulk", writer) };
    socket.on("drain", () => {
      this.#isBlocked = false;
      this.#flush();
    });
  }

  /** Bytes that the kernel has not taken yet. */
  get queuedBytes(): number {
    const { control, bulk } = this.#lanes;
    const madeBytes = this.#slots.reduce((sum, { bytes }) => sum + bytes, 0);
    return control.waitingBytes + bulk.waitingBytes + madeBytes + this.#socket.writableLength;
  }

  /**
   * Adds a message; false if senders in the control lane should wait. `done` is called when every record of it has its
   * place: what is added from then on, in either lane, comes after it.
   */
  push(message: Message, lane: Lane = "control", done: () => void = ignore): boolean {
    if (this.#isEnding || this.#isOver) {
      done();
      return true;
    }
    this.#lanes[lane].push(message, done);
    this.#plan();
    return this.#hasRoom;
  }

  /** Sends a sign of life, unless bytes wait already: the peer does not read then. */
  ping(): void {
    if (this.#isOver || this.#isEnding || this.#isBlocked || this.#hasWork) return;
    this.#write([this.#writer.ping()]);
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
    this.#slots = [];
    this.#lanes.control.drop();
    this.#lanes.bulk.drop();
    this.#release();
  }

  /** Resolves once less than the high-water mark waits in the control lane. */
  drained(): Promise<void> {
    if (this.#isOver || this.#hasRoom) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** What waits in the bulk lane lets messages pass. */
  get #hasRoom(): boolean {
    return this.#lanes.control.waitingBytes < limits.sendHighWaterBytes;
  }

  get #hasWork(): boolean {
    return this.#slots.length > 0 || this.#lanes.control.hasWork || this.#lanes.bulk.hasWork;
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
    while (!this.#isBlocked && budgetBytes > 0) {
      const frames = this.#gather();
      if (frames.length === 0) break;
      budgetBytes -= this.#write(frames);
    }
    if (budgetBytes <= 0 && this.#hasWork && !this.#isBlocked) {
      // The rest after others had their turn.
      this.#isPlanned = true;
      setImmediate(() => this.#flush());
    }
    if (this.#isEnding && !this.#hasWork && !this.#isOver) this.#sayBye();
    if (this.#hasRoom) this.#release();
  }

  /** Parts of sealed frames up to about {@link writeBytes}. */
  #gather(): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    while (bytes < writeBytes) {
      const frame = this.#nextFrame();
      if (frame === undefined) break;
      for (const part of frame) {
        parts.push(part);
        bytes += part.length;
      }
    }
    return parts;
  }

  /** The next frame that is sealed; what comes after one that is not has to wait for it. */
  #nextFrame(): readonly Uint8Array[] | undefined {
    for (;;) {
      const [first] = this.#slots;
      if (first?.frame !== undefined) {
        this.#slots.shift();
        return first.frame;
      }
      if (this.#slots.length >= maxRecordsAhead) return undefined;
      const record = this.#lanes.control.next() ?? this.#lanes.bulk.next();
      if (record === undefined) return undefined;
      if (!(record instanceof Uint8Array)) this.#seal(record);
      else if (first === undefined) return [record];
      else this.#slots.push({ bytes: record.length, frame: [record] });
    }
  }

  #seal(record: UnsealedRecord): void {
    const slot: Slot = { bytes: record.bytes.length, frame: undefined };
    this.#slots.push(slot);
    this.#cipher.seal(record).then((box) => {
      record.release();
      slot.frame = [frameHeader(record), box];
      if (slot === this.#slots[0] && !this.#isBlocked) this.#flush();
    }, (error: Error) => this.#socket.destroy(error));
  }

  /** Writes parts, short ones together; to copy long ones, or to cork the socket, would cost more than a call. */
  #write(parts: readonly Uint8Array[]): number {
    let bytes = 0;
    let short: Uint8Array[] = [];
    for (const part of parts) {
      bytes += part.length;
      if (part.length < minAloneBytes) short.push(part);
      else {
        if (short.length > 0) this.#socket.write(concatBytes(...short));
        short = [];
        this.#isBlocked = !this.#socket.write(part, () => freeBytes(part));
      }
    }
    const [first] = short;
    if (first !== undefined) {
      this.#isBlocked = !this.#socket.write(short.length === 1 ? first : concatBytes(...short));
    }
    this.#onWrite();
    return bytes;
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
