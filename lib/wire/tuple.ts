import { encode, Tokenizer } from "cborg";
import type { Token } from "cborg";
import { limits } from "../proto/limits.ts";

/** What a control message is made of. Texts begin with no byte order mark and hold no lone surrogates. */
export type TupleItem = number | string | boolean | null | Uint8Array | readonly TupleItem[];

/** Bytes of a control message are not what their place calls for. */
export class MalformedTupleError extends Error {
  override readonly name = "MalformedTupleError";
}

/** The CBOR array of `items`. */
export function encodeTuple(items: readonly TupleItem[]): Uint8Array {
  return encode(items);
}

/** Canonical numbers, known lengths; everything else is damage. */
const tokenOptions = { strict: true, allowIndefinite: false };

/**
 * Reads a control message item by item, each with its type and bound, so that no input can build more than the
 * message calls for. Every method throws {@link MalformedTupleError}.
 */
export class TupleReader {
  readonly #tokens: Tokenizer;
  readonly #length: number;

  constructor(bytes: Uint8Array) {
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#tokens = new Tokenizer(plain, tokenOptions);
    this.#length = plain.length;
  }

  /** Reads an array of exactly `count` items, which `read` takes one by one. */
  tuple<T>(count: number, read: () => T): T {
    const actual = this.#count();
    if (actual !== count) throw malformed(`${actual} items where ${count} belong`);
    return read();
  }

  /** Reads an array of up to `maxItems` items of one type. */
  list<T>(read: () => T, maxItems: number = limits.maxTupleItems): T[] {
    const count = this.#count();
    if (count > maxItems) throw malformed(`${count} items where ${maxItems} may be`);
    const items: T[] = [];
    for (let left = count; left > 0; left--) items.push(read());
    return items;
  }

  /** A whole number from 0 to `max`. */
  uint(max: number = Number.MAX_SAFE_INTEGER): number {
    const value: unknown = this.#expect("uint").value;
    if (typeof value !== "number" || value > max) throw malformed(`a number above ${max}`);
    return value;
  }

  /** Any number. */
  number(): number {
    const { value }: { value?: unknown } = this.#next();
    if (typeof value !== "number") throw malformed("no number");
    return value;
  }

  /** Milliseconds that something took. */
  duration(): number {
    const value = this.number();
    if (value >= 0 && value < Infinity) return value;
    throw malformed(`${value} where a duration belongs`);
  }

  boolean(): boolean {
    const { value }: { value?: unknown } = this.#next();
    if (typeof value !== "boolean") throw malformed("no boolean");
    return value;
  }

  /** A text of up to `maxBytes` bytes of UTF-8. */
  text(maxBytes: number): string {
    const before = this.#tokens.pos();
    const token = this.#expect("string");
    if (this.#tokens.pos() - before > maxBytes + headerBytesOf(maxBytes)) {
      throw malformed(`a text of more than ${maxBytes} bytes`);
    }
    return token.value as string;
  }

  /** Bytes, at most `maxBytes` and at least `minBytes` of them, copied. */
  bytes(maxBytes: number, minBytes = 0): Uint8Array<ArrayBuffer> {
    return checkBytes(this.#expect("bytes"), maxBytes, minBytes);
  }

  /** Bytes, or undefined where null stands. */
  optionalBytes(maxBytes: number): Uint8Array<ArrayBuffer> | undefined {
    const token = this.#next();
    if (token.type.name === "null") return undefined;
    if (token.type.name !== "bytes") throw malformed(`${token.type.name} where bytes belong`);
    return checkBytes(token, maxBytes, 0);
  }

  /** A packed value: text or bytes. */
  packed(maxBytes: number = limits.maxMessageBytes): string | Uint8Array<ArrayBuffer> {
    const token = this.#next();
    if (token.type.name === "string") return token.value as string;
    if (token.type.name !== "bytes") throw malformed(`${token.type.name} where a value belongs`);
    return checkBytes(token, maxBytes, 0);
  }

  /** Throws if anything is left. */
  end(): void {
    if (!this.#tokens.done()) throw malformed("bytes after the end");
  }

  #count(): number {
    const count: unknown = this.#expect("array").value;
    const left = this.#length - this.#tokens.pos();
    if (typeof count !== "number" || count > left) throw malformed("more items than bytes");
    return count;
  }

  #expect(type: string): Token {
    const token = this.#next();
    if (token.type.name !== type) throw malformed(`${token.type.name} where ${type} belongs`);
    return token;
  }

  #next(): Token {
    if (this.#tokens.done()) throw malformed("the end where more belongs");
    try {
      return this.#tokens.next();
    } catch (cause) {
      throw new MalformedTupleError("Cannot read a message: its bytes are not CBOR", { cause });
    }
  }
}

function checkBytes(token: Token, maxBytes: number, minBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = token.value as Uint8Array<ArrayBuffer>;
  if (bytes.length > maxBytes || bytes.length < minBytes) {
    throw malformed(`${bytes.length} bytes where ${minBytes} to ${maxBytes} belong`);
  }
  // The codec keeps one token for all empty byte strings.
  return bytes.length === 0 ? new Uint8Array(0) : bytes;
}

/** Length of the head of a CBOR text of `count` bytes. */
function headerBytesOf(count: number): number {
  if (count < 24) return 1;
  if (count < 0x100) return 2;
  return count < 0x10000 ? 3 : 5;
}

function malformed(found: string): MalformedTupleError {
  return new MalformedTupleError(`Cannot read a message: it has ${found}`);
}
