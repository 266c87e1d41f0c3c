import { bulkLengthBytes } from "../wire/record.ts";
import type { Lane } from "../wire/record.ts";
import { bytesOf } from "../wire/record_writer.ts";
import type { Message, RecordWriter, WrittenRecord } from "../wire/record_writer.ts";
import { cryptoLengths } from "../wire/crypto.ts";
import { frameHeaderBytes } from "../wire/frame.ts";

type Waiting = { readonly message: Message; readonly bytes: number; readonly done: () => void };

/** A message of which some records are made. */
type Begun = {
  readonly records: Iterator<WrittenRecord>;
  readonly done: () => void;
  leftBytes: number;
};

const typeBytes = 1;

/** Messages of one lane that wait to be sealed, in their order. */
export class SendLane {
  readonly #lane: Lane;
  readonly #writer: RecordWriter;
  /** Those before `#next` are taken. */
  #messages: Waiting[] = [];
  #next = 0;
  #begun: Begun | undefined;
  #waitingBytes = 0;

  constructor(lane: Lane, writer: RecordWriter) {
    this.#lane = lane;
    this.#writer = writer;
  }

  /** Whether anything waits. */
  get hasWork(): boolean {
    return this.#begun !== undefined || this.#next < this.#messages.length;
  }

  /** Bytes that no record was made of yet. */
  get waitingBytes(): number {
    return this.#waitingBytes + (this.#begun?.leftBytes ?? 0);
  }

  /** Adds a message; `done` is called when its last record is made, or when it is dropped. */
  push(message: Message, done: () => void): void {
    const bytes = bytesOf(message) + (this.#lane === "bulk" ? bulkLengthBytes : 0);
    this.#messages.push({ message, bytes, done });
    this.#waitingBytes += bytes;
  }

  /** Makes the next record; undefined if nothing waits. */
  next(): WrittenRecord | undefined {
    const begun = this.#begun ?? this.#begin();
    if (begun === undefined) return undefined;
    const { value: record } = begun.records.next();
    begun.leftBytes -= payloadBytesOf(record);
    if (begun.leftBytes <= 0) {
      this.#begun = undefined;
      begun.done();
    }
    return record;
  }

  /** Forgets everything. */
  drop(): void {
    const dropped = [...this.#messages.slice(this.#next), ...(this.#begun ? [this.#begun] : [])];
    this.#messages = [];
    this.#next = 0;
    this.#begun = undefined;
    this.#waitingBytes = 0;
    for (const { done } of dropped) done();
  }

  #begin(): Begun | undefined {
    const waiting = this.#messages[this.#next];
    if (waiting === undefined) return undefined;
    this.#next++;
    if (this.#next === this.#messages.length) {
      this.#messages = [];
      this.#next = 0;
    }
    const { message, bytes, done } = waiting;
    this.#waitingBytes -= bytes;
    this.#begun = { records: this.#writer.message(message, this.#lane), done, leftBytes: bytes };
    return this.#begun;
  }
}

function payloadBytesOf(record: WrittenRecord): number {
  return record instanceof Uint8Array
    ? record.length - frameHeaderBytes - cryptoLengths.tag - typeBytes
    : record.bytes.length - typeBytes;
}
