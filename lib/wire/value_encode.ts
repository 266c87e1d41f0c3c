import { encode, Token, Type } from "cborg";
import { hasNamedProperties } from "./array_shape.ts";
import { BufferUses } from "./buffer_uses.ts";
import { errorParts } from "./error_parts.ts";
import { formatPath } from "./value_path.ts";
import type { PathStep } from "./value_path.ts";
import { UnsupportedValueError } from "./value_errors.ts";
import { kindOf, refusalOf } from "./value_kind.ts";
import type { ValueKind } from "./value_kind.ts";
import * as tags from "./value_tags.ts";
import { bytesOf, kindTokens, numberToken, stringTokens, viewTokens } from "./value_tokens.ts";
import type { TokenTree } from "./value_tokens.ts";
import { limits } from "../proto/limits.ts";

/** Index of an object in the caller's side table, or undefined. */
export type ByReference = (value: object) => number | undefined;

/**
 * The CBOR form of `value`, its buffer exactly as long as the bytes.
 *
 * @throws {UnsupportedValueError} naming the place of what cannot be sent.
 */
export function encodeValue(value: unknown, byReference?: ByReference): Uint8Array<ArrayBuffer> {
  return new ValueEncoder(byReference).encode(value);
}

/** Fewer numbers than this are written one by one. */
const minNumberArrayItems = 8;

const nothing: TokenTree = [];
const undefinedToken = new Token(Type.undefined, undefined);
const nullToken = new Token(Type.null, null);
const trueToken = new Token(Type.true, true);
const falseToken = new Token(Type.false, false);

/**
 * Walks a value once and lists CBOR tokens. Each object leaves an empty place before its tokens, where the tag that
 * makes it shareable goes if a second mention turns up.
 */
class ValueEncoder {
  readonly #tokens: TokenTree[] = [];
  readonly #places = new Map<object, number>();
  /** Place of each shareable item, with the tokens that wait for its number. */
  readonly #mentions = new Map<number, Token[]>();
  readonly #buffers = new BufferUses();
  readonly #keys = new Map<string, TokenTree>();
  readonly #path: PathStep[] = [];
  readonly #byReference: ByReference | undefined;
  #payloadBytes = 0;

  constructor(byReference: ByReference | undefined) {
    this.#byReference = byReference;
  }

  encode(value: unknown): Uint8Array<ArrayBuffer> {
    try {
      this.#value(value, 1);
      this.#buffers.finish((place) => this.#mention(place));
      this.#numberMentions();
      return this.#bytes();
    } catch (cause) {
      if (cause instanceof UnsupportedValueError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw this.#refusal(`reading it threw ${reason}`, cause);
    }
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    const bytes = encode({}, { typeEncoders: { Object: () => this.#tokens } });
    if (bytes.length > limits.maxValueBytes) this.#failSize();
    // Short results lie in a pool of the codec; a receiver that transfers or clones must get these bytes alone.
    return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  }

  #numberMentions(): void {
    const places = [...this.#mentions.keys()].sort((a, b) => a - b);
    places.forEach((place, number) => {
      // Buffers inside views stand between two places and carry their tag already.
      if (Number.isInteger(place)) this.#tokens[place] = new Token(Type.tag, tags.shareableTag);
      for (const token of this.#mentions.get(place) ?? []) token.value = number;
    });
  }

  /** A reference to the item at `place`. */
  #mention(place: number): TokenTree {
    const number = new Token(Type.uint, 0);
    const waiting = this.#mentions.get(place);
    if (waiting === undefined) this.#mentions.set(place, [number]);
    else waiting.push(number);
    return [new Token(Type.tag, tags.referenceTag), number];
  }

  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return this.#push(numberToken(value));
      case "boolean":
        return this.#push(value ? trueToken : falseToken);
      case "undefined":
        return this.#push(undefinedToken);
      case "bigint":
        return this.#bigint(value);
      case "function":
        throw this.#refusal("it is a function; send data only");
      case "symbol":
        throw this.#refusal("it is a symbol; send a string");
      case "object":
        return value === null ? this.#push(nullToken) : this.#object(value, depth);
    }
  }

  #object(value: object, depth: number): void {
    const place = this.#places.get(value);
    if (place !== undefined) return this.#push(this.#mention(place));
    if (depth > limits.maxValueDepth) {
      throw this.#refusal(`it is nested more than ${limits.maxValueDepth} levels deep`);
    }
    this.#places.set(value, this.#tokens.length);
    this.#push(nothing);
    const kind = kindOf(value);
    if (kind !== "array" && kind !== "object" && this.#external(value)) return;
    if (kind === undefined) throw this.#refusal(refusalOf(value));
    this.#kind(kind, value, depth);
  }

  /** Writes an object of the side table, if it is one. */
  #external(value: object): boolean {
    const index = this.#byReference?.(value);
    if (index === undefined) return false;
    this.#header(tags.kinds.external, 1);
    this.#push(numberToken(index));
    return true;
  }

  #kind(kind: ValueKind, value: object, depth: number): void {
    switch (kind) {
      case "array":
        return this.#array(value as readonly unknown[], depth);
      case "object":
        return this.#properties(value, depth);
      case "nullObject":
        this.#header(tags.kinds.nullObject, 1);
        return this.#properties(value, depth);
      case "date":
        this.#header(tags.kinds.date, 1);
        return this.#push(numberToken((value as Date).getTime()));
      case "regexp": {
        const { source, flags } = value as RegExp;
        this.#header(tags.kinds.regexp, 2);
        this.#string(source);
        return this.#string(flags);
      }
      case "map":
        return this.#map(value as ReadonlyMap<unknown, unknown>, depth);
      case "set":
        return this.#set(value as ReadonlySet<unknown>, depth);
      case "buffer":
        return this.#buffer(value as ArrayBuffer);
      case "view":
        return this.#view(value as ArrayBufferView);
      case "poolView":
        return this.#ownView(value as ArrayBufferView);
      case "boxed":
        this.#header(tags.kinds.boxed, 1);
        return this.#value((value as { valueOf(): unknown }).valueOf(), depth);
      case "error":
        return this.#error(value as Error, depth);
    }
  }

  #array(items: readonly unknown[], depth: number): void {
    const { length } = items;
    this.#checkCount(length);
    if (hasHoles(items) || hasNamedProperties(items)) return this.#sparseArray(items, depth);
    if (length >= minNumberArrayItems && isNumbers(items)) {
      this.#header(tags.kinds.numberArray, 1);
      return this.#blob(new Uint8Array(Float64Array.from(items).buffer));
    }
    this.#push(new Token(Type.array, length));
    for (let index = 0; index < length; index++) this.#member(items, index, depth);
  }

  #sparseArray(items: readonly unknown[], depth: number): void {
    const keys = Object.keys(items);
    this.#header(tags.kinds.sparseArray, 1 + 2 * keys.length);
    this.#push(numberToken(items.length));
    for (const key of keys) {
      this.#key(key);
      this.#member(items, key, depth);
    }
  }

  #properties(value: object, depth: number, keys: readonly string[] = Object.keys(value)): void {
    this.#checkCount(keys.length);
    this.#push(new Token(Type.map, keys.length));
    for (const key of keys) {
      this.#key(key);
      this.#member(value, key, depth);
    }
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    // Listed first: a getter met on the way could change the map.
    const entries = [...Map.prototype.entries.call(map)];
    this.#checkCount(entries.length);
    this.#push([new Token(Type.tag, tags.mapTag), new Token(Type.map, entries.length)]);
    entries.forEach(([key, value], index) => {
      this.#step({ text: `.keys()[${index}]` }, key, depth);
      const isPlainKey = typeof key === "string" || typeof key === "number";
      const text = isPlainKey ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`;
      this.#step({ text }, value, depth);
    });
  }

  #set(set: ReadonlySet<unknown>, depth: number): void {
    const items = [...Set.prototype.values.call(set)];
    this.#checkCount(items.length);
    this.#push([new Token(Type.tag, tags.setTag), new Token(Type.array, items.length)]);
    items.forEach((item, index) => this.#step({ text: `.values()[${index}]` }, item, depth));
  }

  #error(error: Error, depth: number): void {
    const parts = errorParts(error);
    this.#header(tags.kinds.error, 6);
    this.#push(numberToken(tags.errorClasses.indexOf(parts.errorClass)));
    this.#string(parts.name);
    for (const text of [parts.message, parts.stack]) {
      if (text === undefined) this.#push(undefinedToken);
      else this.#string(text);
    }
    this.#properties(error, depth, parts.hiddenKeys);
    this.#properties(error, depth);
  }

  #buffer(buffer: ArrayBuffer): void {
    if (buffer.detached) throw this.#refusal("its ArrayBuffer is detached: it was transferred");
    this.#count(buffer.byteLength);
    this.#push(this.#buffers.addBuffer(buffer, this.#tokens.length - 1));
  }

  #view(view: ArrayBufferView): void {
    const { buffer } = view;
    if (this.#byReference?.(buffer) !== undefined) return this.#externalView(view);
    if (!(buffer instanceof ArrayBuffer)) throw this.#refusal(refusalOf(buffer));
    if (buffer.detached) throw this.#refusal("its ArrayBuffer is detached: it was transferred");
    this.#count(view.byteLength);
    this.#push(this.#buffers.addView(view, this.#tokens.length - 1));
  }

  #externalView(view: ArrayBufferView): void {
    this.#header(tags.kinds.sharedView, 4);
    this.#push(viewTokens(view, view.byteOffset));
    this.#external(view.buffer);
  }

  #ownView(view: ArrayBufferView): void {
    if (view.buffer instanceof ArrayBuffer && view.buffer.detached) {
      throw this.#refusal("its ArrayBuffer is detached: it was transferred");
    }
    this.#blob(bytesOf(view));
  }

  /** The token of a key keeps its bytes: records of one shape repeat their keys. */
  #key(key: string): void {
    let tokens = this.#keys.get(key);
    if (tokens === undefined) this.#keys.set(key, tokens = stringTokens(key));
    this.#count(key.length);
    this.#push(tokens);
  }

  #string(text: string): void {
    this.#count(text.length);
    this.#push(stringTokens(text));
  }

  #bigint(value: bigint): void {
    const isNegative = value < 0n;
    const digits = (isNegative ? -1n - value : value).toString(16);
    const bytes = Uint8Array.fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
    this.#push(new Token(Type.tag, isNegative ? tags.negativeBigintTag : tags.positiveBigintTag));
    this.#blob(bytes);
  }

  #blob(bytes: Uint8Array): void {
    this.#count(bytes.length);
    this.#push(new Token(Type.bytes, bytes));
  }

  #header(kind: number, fields: number): void {
    this.#push(kindTokens(kind, fields));
  }

  /** Steps in before it reads, so that the path is right when a getter throws. */
  #member(holder: object, key: string | number, depth: number): void {
    this.#path.push(key);
    this.#value((holder as Record<string | number, unknown>)[key], depth + 1);
    this.#path.pop();
  }

  #step(step: PathStep, value: unknown, depth: number): void {
    this.#path.push(step);
    this.#value(value, depth + 1);
    this.#path.pop();
  }

  #push(token: TokenTree): void {
    this.#tokens.push(token);
  }

  #checkCount(count: number): void {
    if (count <= limits.maxContainerItems) return;
    throw this.#refusal(`its ${count} items are more than ${limits.maxContainerItems}`);
  }

  #count(bytes: number): void {
    this.#payloadBytes += bytes;
    if (this.#payloadBytes > limits.maxValueBytes) this.#failSize();
  }

  #failSize(): never {
    throw new UnsupportedValueError(
      `Cannot send the value: its bytes are more than ${limits.maxValueBytes}`,
    );
  }

  #refusal(reason: string, cause?: unknown): UnsupportedValueError {
    const path = formatPath(this.#path);
    const place = path === "" ? "" : ` at ${path}`;
    const options = cause === undefined ? undefined : { cause };
    return new UnsupportedValueError(`Cannot send the value${place}: ${reason}`, options);
  }
}

function hasHoles(items: readonly unknown[]): boolean {
  for (let index = 0; index < items.length; index++) {
    if (items[index] === undefined && !Object.hasOwn(items, index)) return true;
  }
  return false;
}

function isNumbers(items: readonly unknown[]): items is readonly number[] {
  for (let index = 0; index < items.length; index++) {
    if (typeof items[index] !== "number") return false;
  }
  return true;
}
