import { Tokenizer } from "cborg";
import type { Token } from "cborg";
import { defineHidden, makeError } from "./error_parts.ts";
import {
  bytesOfToken,
  expectCount,
  isBuffer,
  malformed,
  numbersOf,
  setOwn,
  textOfUnits,
  typedArrayClass,
} from "./value_decode_parts.ts";
import { MalformedValueError } from "./value_errors.ts";
import * as tags from "./value_tags.ts";
import { limits } from "../proto/limits.ts";

/** The object at an index of the side table. */
export type Reference = (index: number) => unknown;

/**
 * Rebuilds a value from the bytes of `encodeValue`.
 *
 * @throws {MalformedValueError} for anything else.
 */
export function decodeValue(bytes: Uint8Array, reference?: Reference): unknown {
  if (bytes.length > limits.maxValueBytes) {
    throw new MalformedValueError(
      `Cannot read the value: ${bytes.length} bytes are more than ${limits.maxValueBytes}`,
    );
  }
  try {
    return new ValueDecoder(bytes, reference).decode();
  } catch (cause) {
    if (cause instanceof MalformedValueError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MalformedValueError(`Cannot read the value: ${reason}`, { cause });
  }
}

/** The codec's tokens are canonical and of known length, or it throws. */
const tokenOptions = { strict: true, allowIndefinite: false };

/** Stands for a shareable item that is not made yet. */
const unmade = Symbol("unmade");

const knownHiddenKeys: readonly string[] = tags.hiddenErrorProperties;

/** Reads tokens one by one and makes each container before its content, so that cycles close. */
class ValueDecoder {
  readonly #tokens: Tokenizer;
  readonly #length: number;
  readonly #shared: unknown[] = [];
  readonly #reference: Reference | undefined;

  constructor(bytes: Uint8Array, reference: Reference | undefined) {
    // A Buffer would make the codec hand out windows instead of copies.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#tokens = new Tokenizer(plain, tokenOptions);
    this.#length = plain.length;
    this.#reference = reference;
  }

  decode(): unknown {
    const value = this.#value(1);
    if (!this.#tokens.done()) throw malformed("bytes follow its end");
    return value;
  }

  /** The next item. `share` is its number among shareable items, -1 for none. */
  #value(depth: number, share = -1): unknown {
    if (depth > limits.maxValueDepth + 1) throw malformed("it is nested too deep");
    const token = this.#next();
    switch (token.type.name) {
      case "uint":
      case "negint":
      case "float":
        // Only numbers: an integer beyond the safe range comes as a bigint, and is never written.
        if (typeof token.value !== "number") throw malformed("an integer is out of range");
        return token.value;
      case "string":
      case "true":
      case "false":
      case "null":
      case "undefined":
        return token.value;
      case "bytes":
        return bytesOfToken(token);
      case "array":
        return this.#array(token, depth, share);
      case "map":
        return this.#object({}, token, depth, share);
      case "tag":
        return this.#tagged(Number(token.value), depth, share);
      default:
        throw malformed(`it has an unexpected ${token.type.name}`);
    }
  }

  #tagged(tag: number, depth: number, share: number): unknown {
    switch (tag) {
      case tags.shareableTag:
        return this.#shareable(depth, share);
      case tags.referenceTag:
        return this.#mentioned();
      case tags.kindTag:
        return this.#kind(depth, share);
      case tags.mapTag:
        return this.#map(depth, share);
      case tags.setTag:
        return this.#set(depth, share);
      case tags.positiveBigintTag:
        return this.#bigint();
      case tags.negativeBigintTag:
        return -1n - this.#bigint();
      default:
        return this.#typedArray(tag);
    }
  }

  #shareable(depth: number, share: number): unknown {
    if (share !== -1) throw malformed("a shareable item holds another");
    const number = this.#shared.push(unmade) - 1;
    const value = this.#value(depth, number);
    this.#shared[number] = value;
    return value;
  }

  #mentioned(): unknown {
    const value = this.#shared[this.#count()];
    if (value === unmade || typeof value !== "object") {
      throw malformed("it refers to an item that is not there");
    }
    return value;
  }

  /** Makes a container known before its content is read. */
  #adopt<T extends object>(container: T, share: number): T {
    if (share !== -1) this.#shared[share] = container;
    return container;
  }

  #array(token: Token, depth: number, share: number): unknown[] {
    const items = this.#adopt<unknown[]>([], share);
    for (let left = this.#items(token); left > 0; left--) items.push(this.#value(depth + 1));
    return items;
  }

  #object<T extends object>(target: T, token: Token, depth: number, share: number): T {
    this.#adopt(target, share);
    for (let left = this.#items(token); left > 0; left--) {
      const key = this.#text();
      if (Object.hasOwn(target, key)) throw malformed("an object has a key twice");
      setOwn(target, key, this.#value(depth + 1));
    }
    return target;
  }

  #map(depth: number, share: number): Map<unknown, unknown> {
    const map = this.#adopt(new Map<unknown, unknown>(), share);
    for (let left = this.#items(this.#expect("map")); left > 0; left--) {
      const key = this.#value(depth + 1);
      if (map.has(key)) throw malformed("a Map has a key twice");
      map.set(key, this.#value(depth + 1));
    }
    return map;
  }

  #set(depth: number, share: number): Set<unknown> {
    const set = this.#adopt(new Set<unknown>(), share);
    for (let left = this.#items(this.#expect("array")); left > 0; left--) {
      const item = this.#value(depth + 1);
      if (set.has(item)) throw malformed("a Set has an item twice");
      set.add(item);
    }
    return set;
  }

  #bigint(): bigint {
    const bytes = bytesOfToken(this.#expect("bytes"));
    return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toHex()}`);
  }

  #typedArray(tag: number): ArrayBufferView {
    const bytes = bytesOfToken(this.#expect("bytes"));
    return new (typedArrayClass(tag))(bytes.buffer);
  }

  #kind(depth: number, share: number): unknown {
    const count = this.#items(this.#expect("array")) - 1;
    const kind = this.#count();
    switch (kind) {
      case tags.kinds.date:
        expectCount(count, 1);
        return new Date(this.#number());
      case tags.kinds.regexp:
        expectCount(count, 2);
        return new RegExp(this.#text(), this.#text());
      case tags.kinds.utf16:
        expectCount(count, 1);
        return textOfUnits(bytesOfToken(this.#expect("bytes")));
      case tags.kinds.nullObject:
        expectCount(count, 1);
        return this.#object(Object.create(null) as object, this.#expect("map"), depth, share);
      case tags.kinds.sparseArray:
        return this.#sparseArray(count, depth, share);
      case tags.kinds.numberArray:
        expectCount(count, 1);
        return numbersOf(bytesOfToken(this.#expect("bytes")));
      case tags.kinds.buffer:
        return this.#buffer(count);
      case tags.kinds.sharedView:
        expectCount(count, 4);
        return this.#sharedView(depth);
      case tags.kinds.dataView:
        expectCount(count, 1);
        return new DataView(bytesOfToken(this.#expect("bytes")).buffer);
      case tags.kinds.boxed:
        expectCount(count, 1);
        return this.#boxed(depth);
      case tags.kinds.error:
        expectCount(count, 6);
        return this.#error(depth, share);
      case tags.kinds.external:
        expectCount(count, 1);
        return this.#external();
      default:
        throw malformed(`it has an unknown kind ${kind}`);
    }
  }

  #sparseArray(count: number, depth: number, share: number): unknown[] {
    const items = this.#adopt<unknown[]>([], share);
    const length = this.#count();
    if (length > limits.maxContainerItems || count % 2 !== 1) {
      throw malformed("an array is too long");
    }
    items.length = length;
    for (let left = (count - 1) / 2; left > 0; left--) {
      const key = this.#text();
      if (Object.hasOwn(items, key)) throw malformed("an array has a key twice");
      setOwn(items, key, this.#value(depth + 1));
    }
    if (items.length !== length) throw malformed("an array has an index beyond its length");
    return items;
  }

  #buffer(count: number): ArrayBuffer {
    const { buffer } = bytesOfToken(this.#expect("bytes"));
    if (count === 1) return buffer;
    expectCount(count, 2);
    const maxByteLength = this.#count();
    if (maxByteLength > limits.maxValueBytes) throw malformed("an ArrayBuffer is too long");
    const resizable = new ArrayBuffer(buffer.byteLength, { maxByteLength });
    new Uint8Array(resizable).set(new Uint8Array(buffer));
    return resizable;
  }

  #sharedView(depth: number): ArrayBufferView {
    const [tag, byteOffset, length] = [this.#count(), this.#count(), this.#count()];
    const buffer = this.#value(depth + 1);
    if (!isBuffer(buffer)) throw malformed("a view has no buffer");
    if (tag === 0) return new DataView(buffer, byteOffset, length);
    return new (typedArrayClass(tag))(buffer, byteOffset, length);
  }

  #boxed(depth: number): object {
    const value = this.#value(depth + 1);
    if (typeof value === "object" || value === undefined) throw malformed("a box has no primitive");
    return Object(value) as object;
  }

  #error(depth: number, share: number): Error {
    const errorClass = tags.errorClasses[this.#count()];
    if (errorClass === undefined) throw malformed("an error has an unknown class");
    const name = this.#text();
    const error = makeError({
      errorClass,
      name,
      message: this.#optionalText(),
      stack: this.#optionalText(),
    });
    this.#adopt(error, share);
    for (let left = this.#items(this.#expect("map")); left > 0; left--) {
      const key = this.#text();
      if (!knownHiddenKeys.includes(key)) throw malformed("an error has an unknown property");
      defineHidden(error, key, this.#value(depth + 1));
    }
    for (let left = this.#items(this.#expect("map")); left > 0; left--) {
      setOwn(error, this.#text(), this.#value(depth + 1));
    }
    return error;
  }

  #external(): unknown {
    const index = this.#count();
    if (this.#reference === undefined) throw malformed("it refers to an object that did not come");
    return this.#reference(index);
  }

  #optionalText(): string | undefined {
    const token = this.#next();
    return token.type.name === "undefined" ? undefined : this.#textOf(token);
  }

  #text(): string {
    return this.#textOf(this.#next());
  }

  /** Reads texts by itself, not as values: a value in their place could nest without end. */
  #textOf(token: Token): string {
    if (token.type.name === "string") return token.value as string;
    const isUnits = token.type.name === "tag" && token.value === tags.kindTag &&
      this.#items(this.#expect("array")) === 2 && this.#count() === tags.kinds.utf16;
    if (!isUnits) throw malformed("a text is missing");
    return textOfUnits(bytesOfToken(this.#expect("bytes")));
  }

  #number(): number {
    const { value }: { value?: unknown } = this.#next();
    if (typeof value !== "number") throw malformed("a number is missing");
    return value;
  }

  /** A whole number that is not negative. */
  #count(): number {
    const count: unknown = this.#expect("uint").value;
    if (typeof count !== "number") throw malformed("a small number is missing");
    return count;
  }

  /** Checks how many items a container announces: each takes at least a byte of what is left. */
  #items(token: Token): number {
    const count: unknown = token.value;
    const left = this.#length - this.#tokens.pos();
    if (typeof count !== "number" || count > left || count > limits.maxContainerItems) {
      throw malformed("a container announces more items than there are");
    }
    return count;
  }

  #expect(type: string): Token {
    const token = this.#next();
    if (token.type.name !== type) throw malformed(`${type} is expected, not ${token.type.name}`);
    return token;
  }

  #next(): Token {
    if (this.#tokens.done()) throw malformed("its bytes end too early");
    return this.#tokens.next();
  }
}
