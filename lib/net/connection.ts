import type { Socket } from "node:net";
import { freeBytes } from "../wire/bytes.ts";
import type { LongRecord, RecordEvent } from "../wire/record.ts";
import type { RecordReader } from "../wire/record_reader.ts";
import { bytesOf, checkLength } from "../wire/record_writer.ts";
import type { RecordWriter } from "../wire/record_writer.ts";
import { limits } from "../proto/limits.ts";
import { assertNever } from "../proto/states.ts";
import { HeartbeatWatch } from "./heartbeat.ts";
import { LongCipher } from "./long_cipher.ts";
import { recordFailureTexts } from "./record_failures.ts";
import { SendQueue } from "./send_queue.ts";
import type { CloseReason, Connection, Heartbeat, Peer } from "./types.ts";

/** What a handshake leaves behind. */
export type ProvenSocket = {
  readonly socket: Socket;
  readonly reader: RecordReader;
  readonly writer: RecordWriter;
  readonly peer: Peer;
  readonly binding: Uint8Array;
  /** What came with the last bytes of the handshake. */
  readonly early: readonly RecordEvent[];
  readonly heartbeat: Partial<Heartbeat> | undefined;
};

/** Records over a socket. Nothing is delivered before `onMessage` is set. */
export class SecureConnection implements Connection {
  readonly peer: Peer;
  readonly binding: Uint8Array;
  onBulk: (message: Uint8Array) => void = () => {};
  onClose: (reason: CloseReason) => void = () => {};
  readonly #socket: Socket;
  readonly #reader: RecordReader;
  readonly #queue: SendQueue;
  readonly #cipher = new LongCipher("decrypt");
  readonly #heartbeat: HeartbeatWatch;
  /** Resolves once the socket is closed. */
  readonly #socketClosed: Promise<void>;
  #onMessage: (message: Uint8Array) => void = () => {};
  /** Events that wait for `onMessage`; undefined once it is set. */
  #held: RecordEvent[] | undefined;
  /** Messages are delivered in `open` only; `onClose` is due until `over`. */
  #phase: "open" | "closing" | "over" = "open";
  #heldReason: CloseReason | undefined;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether nothing is read because records wait to be opened. */
  #isPaused = false;
  /** Does what is left to do once the socket is closed and all records that came are opened. */
  #onSocketDone: (() => void) | undefined;

  constructor({ socket, reader, writer, peer, binding, early, heartbeat }: ProvenSocket) {
    this.peer = peer;
    this.binding = binding;
    this.#socket = socket;
    this.#reader = reader;
    this.#held = [...early];
    this.#heartbeat = new HeartbeatWatch(heartbeat ?? {}, {
      ping: () => this.#queue.ping(),
      lose: (ms) => this.#lose(`nothing was heard of it for ${Math.round(ms / 100) / 10} s`),
    });
    this.#queue = new SendQueue(socket, writer, () => this.#heartbeat.noteSent());
    this.#socketClosed = new Promise((resolve) => {
      socket.on("close", () => {
        clearTimeout(this.#graceTimer);
        this.#queue.drop();
        this.#onSocketDone = () => {
          this.#finish({ kind: "lost", why: "it broke off" });
          resolve();
        };
        if (this.#phase === "over" || reader.unprovenBytes === 0) this.#onSocketDone();
      });
    });
    // Bytes wait in the kernel until somebody listens.
    socket.pause();
    socket.on("data", (chunk: Uint8Array) => this.#read(chunk));
    socket.on("end", () => this.#take(reader.end(), reader.openedRecords));
    socket.on("error", (error) => this.#lose(describeSocketError(error)));
  }

  get onMessage(): (message: Uint8Array) => void {
    return this.#onMessage;
  }

  set onMessage(listener: (message: Uint8Array) => void) {
    this.#onMessage = listener;
    if (this.#held !== undefined) queueMicrotask(() => this.#begin());
  }

  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  get isSuspect(): boolean {
    return this.#heartbeat.isSuspect;
  }

  send(message: Uint8Array): boolean {
    checkLength(message.length, "control");
    return this.#queue.push(message);
  }

  sendBulk(pieces: readonly Uint8Array[]): Promise<void> {
    checkLength(bytesOf(pieces), "bulk");
    return new Promise((resolve) => void this.#queue.push(pieces, "bulk", resolve));
  }

  drained(): Promise<void> {
    return this.#queue.drained();
  }

  close(): Promise<void> {
    if (this.#phase === "open") {
      this.#phase = "closing";
      this.#part();
    }
    return this.#socketClosed;
  }

  destroy(): void {
    this.#finish({ kind: "closed", why: "this side ended it" });
    this.#socket.destroy();
  }

  /** Says goodbye and sees to it that the socket closes, whatever the peer does. */
  #part(): void {
    this.#graceTimer = setTimeout(() => this.#socket.destroy(), limits.closeGraceMs);
    this.#queue.end();
    // The peer's goodbye and end have to be read, or the system breaks the connection off instead of closing it.
    this.#socket.resume();
  }

  #begin(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#take(held, this.#reader.openedRecords);
    if (this.#heldReason !== undefined) this.onClose(this.#heldReason);
    this.#socket.resume();
  }

  #read(chunk: Uint8Array): void {
    const before = this.#reader.openedRecords;
    const events = this.#reader.push(chunk);
    // What is in it was copied, unless a record that is to be opened lies there.
    const isNeeded = events.some((event) =>
      event.kind === "open" && event.record.bytes.buffer === chunk.buffer
    );
    if (!isNeeded) freeBytes(chunk);
    this.#take(events, before);
    if (this.#reader.unprovenBytes <= limits.maxUnprovenBytes || this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  #open(record: LongRecord): void {
    this.#cipher.open(record).then((plaintext) => {
      const before = this.#reader.openedRecords;
      if (this.#phase !== "over") this.#take(this.#reader.opened(record, plaintext), before);
      if (this.#isPaused && this.#reader.unprovenBytes <= limits.maxUnprovenBytes) {
        this.#isPaused = false;
        this.#socket.resume();
      }
      if (this.#phase === "over" || this.#reader.unprovenBytes === 0) this.#onSocketDone?.();
    }, (error: Error) => this.#lose(`a record could not be opened: ${error.message}`));
  }

  /** Takes what the reader found; `openedBefore` is how many records had been opened until then. */
  #take(events: readonly RecordEvent[], openedBefore: number): void {
    // Bytes alone are no sign of life: somebody on the way could have made a length too long.
    if (this.#reader.openedRecords > openedBefore) this.#heartbeat.noteHeard();
    if (this.#held !== undefined) return void this.#held.push(...events);
    for (const event of events) {
      switch (event.kind) {
        case "message":
          if (this.#phase === "open") this.#deliver(() => this.#onMessage(event.bytes));
          break;
        case "bulk":
          if (this.#phase === "open") this.#deliver(() => this.onBulk(event.bytes));
          break;
        case "open":
          this.#open(event.record);
          break;
        case "ping":
          break;
        case "bye":
          this.#takeBye();
          break;
        case "failed":
          this.#lose(recordFailureTexts[event.reason]);
          break;
        default:
          assertNever(event);
      }
    }
  }

  #deliver(tell: () => void): void {
    let isDone = false;
    try {
      tell();
      isDone = true;
    } finally {
      if (!isDone) this.destroy();
    }
  }

  #takeBye(): void {
    if (this.#phase === "open") this.#part();
    this.#finish({ kind: "bye" });
  }

  #lose(why: string): void {
    this.#finish({ kind: "lost", why });
    this.#socket.destroy();
  }

  #finish(reason: CloseReason): void {
    if (this.#phase === "over") return;
    const actual = this.#phase === "closing" ? closedHere : reason;
    this.#phase = "over";
    this.#heartbeat.stop();
    if (this.#held === undefined) queueMicrotask(() => this.onClose(actual));
    else this.#heldReason = actual;
  }
}

const closedHere: CloseReason = { kind: "closed", why: "this side closed it" };

function describeSocketError(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return `the connection broke (${typeof code === "string" ? code : error.message})`;
}
