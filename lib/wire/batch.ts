import type { Packed } from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";
import { concatBytes, utf8 } from "./bytes.ts";
import { asText, idChars, type ItemReader, malformed } from "./batch_items.ts";
import { packIds, packNumbers, unpackIds, unpackNumbers } from "./batch_runs.ts";
import { MalformedTupleError } from "./tuple.ts";

/**
 * Messages about many jobs. Their fields are columns, one for all jobs, in one JSON text, which the runtimes read and
 * write many times faster than anything that is read item by item. Payloads that are bytes, or long, follow as they are.
 */
export type ColumnItem = number | string | boolean | null | readonly ColumnItem[];

/** Longer texts are not worth escaping. */
const maxInlineChars = 1024;
/** Bytes before the JSON text: its length. */
const lengthBytes = 4;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Puts a message about many jobs together. */
export class BatchWriter {
  readonly #columns: ColumnItem[] = [];
  readonly #attached: Uint8Array[] = [];

  /** Adds one column. */
  add(column: ColumnItem): void {
    this.#columns.push(column);
  }

  /** Adds a value for each entry: one for all where they are the same. */
  addEach(values: readonly (number | string | boolean | null)[]): void {
    const [first] = values;
    const isSame = first !== undefined && values.every((value) => value === first);
    this.#columns.push(isSame ? first : values);
  }

  /** Adds ids, which take two columns: see {@link packIds}. */
  addIds(ids: readonly string[]): void {
    this.#columns.push(...packIds(ids));
  }

  /** Adds whole numbers that mostly count up. */
  addNumbers(numbers: readonly number[]): void {
    this.#columns.push(packNumbers(numbers));
  }

  /** Adds a packed value, or none, for each entry. */
  addPacked(values: readonly (Packed | undefined)[]): void {
    this.#columns.push(values.map((value) => this.#place(value)));
  }

  /** The message. */
  finish(kind: number): Uint8Array<ArrayBuffer> {
    const text = utf8(JSON.stringify(this.#columns));
    const head = new Uint8Array(1 + lengthBytes);
    head[0] = kind;
    new DataView(head.buffer).setUint32(1, text.length);
    return concatBytes(head, text, ...this.#attached);
  }

  /** A text as it is; else how many bytes of those that follow belong to it, negative and less by one for text. */
  #place(value: Packed | undefined): string | number | null {
    if (value === undefined) return null;
    if (typeof value === "string" && value.length <= maxInlineChars) return value;
    const bytes = typeof value === "string" ? utf8(value) : value;
    this.#attached.push(bytes);
    return typeof value === "string" ? -1 - bytes.length : bytes.length;
  }
}

/** Reads what a {@link BatchWriter} wrote, column by column. Every method throws {@link MalformedTupleError}. */
export class BatchReader {
  readonly #columns: readonly unknown[];
  #next = 0;
  #attached: Uint8Array;

  /** @param body The message without its kind. */
  constructor(body: Uint8Array, columns: number) {
    if (body.length < lengthBytes) throw malformed("the end where more belongs");
    const length = new DataView(body.buffer, body.byteOffset).getUint32(0);
    const end = lengthBytes + length;
    if (end > body.length) throw malformed("a text longer than the message");
    const parsed = parse(body.subarray(lengthBytes, end));
    if (!Array.isArray(parsed) || parsed.length !== columns) {
      throw malformed(`no ${columns} columns`);
    }
    this.#columns = parsed;
    this.#attached = body.subarray(end);
  }

  /** One value. */
  one<T>(read: ItemReader<T>): T {
    const column = this.#columns[this.#next];
    this.#next += 1;
    return read(column);
  }

  /** Any number of values. */
  list<T>(read: ItemReader<T>): T[] {
    return this.#array().map((item) => read(item));
  }

  /** A value for each of `count` entries, which may be one for all. */
  each<T>(count: number, read: ItemReader<T>): readonly T[] {
    const column = this.#columns[this.#next];
    if (Array.isArray(column)) return this.#counted(count).map((item) => read(item));
    this.#next += 1;
    const value = read(column);
    return new Array<T>(count).fill(value);
  }

  /** Ids of 32 hex digits. */
  ids<T extends string>(): T[] {
    const prefix = this.one(asText(idChars));
    return unpackIds<T>(prefix, this.#array());
  }

  /** `count` whole numbers. */
  numbers(count: number): number[] {
    return unpackNumbers(this.#array(), count);
  }

  /** A packed value for each entry. */
  packed(count: number): Packed[] {
    return this.optionalPacked(count).map((value) => {
      if (value === undefined) throw malformed("nothing where a value belongs");
      return value;
    });
  }

  /** A packed value, or none, for each entry. */
  optionalPacked(count: number): (Packed | undefined)[] {
    return this.#counted(count).map((item) => this.#fetch(item));
  }

  /** Throws if anything is left. */
  end(): void {
    if (this.#attached.length > 0) throw malformed("bytes after the end");
  }

  #counted(count: number): readonly unknown[] {
    const items = this.#array();
    if (items.length !== count) throw malformed(`${items.length} items where ${count} belong`);
    return items;
  }

  #array(): readonly unknown[] {
    const column = this.#columns[this.#next];
    this.#next += 1;
    if (!Array.isArray(column)) throw malformed("no list where one belongs");
    if (column.length > limits.maxTupleItems) throw malformed(`${column.length} items`);
    return column;
  }

  #fetch(item: unknown): Packed | undefined {
    if (item === null || typeof item === "string") return item ?? undefined;
    if (typeof item !== "number" || !Number.isSafeInteger(item)) throw malformed("no value");
    const length = item < 0 ? -1 - item : item;
    if (length > this.#attached.length) throw malformed("a value longer than the message");
    const bytes = this.#attached.subarray(0, length);
    this.#attached = this.#attached.subarray(length);
    return item < 0 ? decodeText(bytes) : new Uint8Array(bytes);
  }
}

/**
 * Reads a whole message.
 *
 * @param body The message without its kind.
 * @throws {MalformedTupleError} When it is none of `columns` columns, or `read` leaves something.
 */
export function readBatch<T>(
  body: Uint8Array,
  columns: number,
  read: (reader: BatchReader) => T,
): T {
  const reader = new BatchReader(body, columns);
  const message = read(reader);
  reader.end();
  return message;
}

function parse(text: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(text));
  } catch (cause) {
    throw new MalformedTupleError("Cannot read a message: its text is not JSON", { cause });
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new MalformedTupleError("Cannot read a message: its text is not UTF-8", { cause });
  }
}
