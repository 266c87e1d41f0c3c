import { Token, Type } from "cborg";
import * as tags from "./value_tags.ts";
import { bytesOf, kindTokens, numberToken, typedArrayEntryOf, viewTokens } from "./value_tokens.ts";
import type { TokenTree } from "./value_tokens.ts";

/** One mention of an ArrayBuffer: by a view of it, or by itself (`view` undefined). */
type BufferUser = {
  readonly view: ArrayBufferView | undefined;
  /** Place of the user in the encoder's list, which is its order in the bytes. */
  readonly place: number;
  /** Filled once all users are known. */
  readonly tokens: TokenTree[];
};

/** Keeps buffers unmade until the whole value is known: only then is it clear which bytes which views share. */
export class BufferUses {
  readonly #users = new Map<ArrayBuffer, BufferUser[]>();

  /** The tokens of an ArrayBuffer that is a value itself, still empty. */
  addBuffer(buffer: ArrayBuffer, place: number): TokenTree[] {
    return this.#add(buffer, undefined, place);
  }

  /** The tokens of a view over an ArrayBuffer, still empty. */
  addView(view: ArrayBufferView & { buffer: ArrayBufferLike }, place: number): TokenTree[] {
    return this.#add(view.buffer as ArrayBuffer, view, place);
  }

  /** Fills all tokens handed out. `mention` makes a reference to the item at a place. */
  finish(mention: (place: number) => TokenTree): void {
    for (const [buffer, users] of this.#users) {
      const [first, second] = users;
      if (first !== undefined && second === undefined) fillAlone(buffer, first);
      else fillShared(buffer, users, mention);
    }
  }

  #add(buffer: ArrayBuffer, view: ArrayBufferView | undefined, place: number): TokenTree[] {
    const tokens: TokenTree[] = [];
    const users = this.#users.get(buffer);
    if (users === undefined) this.#users.set(buffer, [{ view, place, tokens }]);
    else users.push({ view, place, tokens });
    return tokens;
  }
}

/** The only user: a view needs no more than the bytes it shows. */
function fillAlone(buffer: ArrayBuffer, { view, tokens }: BufferUser): void {
  if (view === undefined) return void tokens.push(...wholeBufferTokens(buffer));
  const entry = typedArrayEntryOf(view);
  if (entry === undefined) tokens.push(...kindTokens(tags.kinds.dataView, 1));
  // A Uint8Array is what bare bytes stand for.
  else if (entry.tag !== tags.uint8ArrayTag) tokens.push(new Token(Type.tag, entry.tag));
  tokens.push(new Token(Type.bytes, bytesOf(view)));
}

/** Several users: the first brings the buffer, the others refer to it. */
function fillShared(
  buffer: ArrayBuffer,
  users: readonly BufferUser[],
  mention: (place: number) => TokenTree,
): void {
  const isWhole = users.some(({ view }) => view === undefined);
  const { start, tokens: made } = isWhole
    ? { start: 0, tokens: wholeBufferTokens(buffer) }
    : spannedBufferTokens(buffer, users);
  users.forEach(({ view, tokens, place }, index) => {
    const first = users[0]?.place ?? place;
    // A buffer first met inside a view stands just behind that view.
    const bufferPlace = users[0]?.view === undefined ? first : first + 0.5;
    if (view !== undefined) {
      tokens.push(...kindTokens(tags.kinds.sharedView, 4));
      tokens.push(...viewTokens(view, view.byteOffset - start));
    }
    if (index > 0) return void tokens.push(mention(bufferPlace));
    if (view !== undefined) tokens.push(new Token(Type.tag, tags.shareableTag));
    tokens.push(...made);
  });
}

function wholeBufferTokens(buffer: ArrayBuffer): Token[] {
  const bytes = new Token(Type.bytes, new Uint8Array(buffer));
  if (!buffer.resizable) return [...kindTokens(tags.kinds.buffer, 1), bytes];
  return [...kindTokens(tags.kinds.buffer, 2), bytes, numberToken(buffer.maxByteLength)];
}

/** The part of a buffer that its views span, from a multiple of 8 so that every item type stays aligned. */
function spannedBufferTokens(
  buffer: ArrayBuffer,
  users: readonly BufferUser[],
): { start: number; tokens: Token[] } {
  let start = buffer.byteLength;
  let end = 0;
  for (const { view } of users) {
    if (view === undefined) continue;
    start = Math.min(start, view.byteOffset);
    end = Math.max(end, view.byteOffset + view.byteLength);
  }
  start -= start % 8;
  const bytes = new Token(Type.bytes, new Uint8Array(buffer, start, end - start));
  return { start, tokens: [...kindTokens(tags.kinds.buffer, 1), bytes] };
}
