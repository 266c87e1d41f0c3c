import { Tokenizer, TokenizerError, TokenParser, TokenType } from "@streamparser/json";

/** A place in a text; both count from 1, the column in code points. */
export type TextPlace = { readonly line: number; readonly column: number };

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** The text is not JSON, or not of the wanted shape. */
export class JsonProblem extends Error {
  override readonly name = "JsonProblem";
  readonly place: TextPlace;

  constructor(message: string, place: TextPlace, options?: ErrorOptions) {
    super(message, options);
    this.place = place;
  }
}

/**
 * Parses one JSON document of UTF-8 that arrives in pieces, and knows the line and column of whatever is wrong with it: the
 * messages of `JSON.parse` name no place in JavaScriptCore.
 */
export class JsonStream {
  readonly #tokenizer = new Tokenizer({ stringBufferSize: 64 * 1024 });
  readonly #parser: TokenParser;
  #values: unknown[] = [];
  #tokens = 0;
  #wrongShape = false;
  #tokenOffset = 0;
  #chunkOffset = 0;
  #line = 1;
  #column = 1;

  /** @param only `elements`: the document is an array, whose elements are the values; `value`: it is one value. */
  constructor(only: "elements" | "value") {
    this.#parser = new TokenParser({
      paths: [only === "elements" ? "$.*" : "$"],
      keepStack: false,
    });
    this.#parser.onValue = ({ value }) => {
      this.#values.push(value);
    };
    this.#tokenizer.onToken = (token) => {
      this.#tokenOffset = token.offset;
      this.#tokens += 1;
      if (only === "elements" && this.#tokens === 1 && token.token !== TokenType.LEFT_BRACKET) {
        this.#wrongShape = true;
        throw new TypeError("a JSON array was expected (--format ndjson reads one value a line)");
      }
      this.#parser.write(token);
    };
    // Each ends the other once, so that what follows the document is refused and a number alone is completed.
    this.#parser.onEnd = () => {
      if (!this.#tokenizer.isEnded) this.#tokenizer.end();
    };
    this.#tokenizer.onEnd = () => {
      if (!this.#parser.isEnded) this.#parser.end();
    };
  }

  /** Where the next byte will stand. */
  get place(): TextPlace {
    return { line: this.#line, column: this.#column };
  }

  /** Bytes taken in by earlier calls of {@link write}. */
  get bytes(): number {
    return this.#chunkOffset;
  }

  /**
   * Takes the next bytes and returns the values they completed.
   *
   * @throws {JsonProblem} When they cannot be JSON.
   */
  write(bytes: Uint8Array): unknown[] {
    this.#values = [];
    // The tokenizer would leave a byte order mark out of the offsets that it reports.
    const hasMark = this.#chunkOffset === 0 &&
      byteOrderMark.every((each, at) => bytes[at] === each);
    const chunk = hasMark ? bytes.subarray(byteOrderMark.length) : bytes;
    try {
      this.#tokenizer.write(chunk);
    } catch (cause) {
      throw this.#problem(chunk, cause);
    }
    this.#advance(chunk, chunk.length);
    this.#chunkOffset += chunk.length;
    return this.#values;
  }

  /**
   * Says that there is no more, and returns the value that only the end completes: a number standing alone.
   *
   * @throws {JsonProblem} When the document is not complete.
   */
  end(): unknown[] {
    this.#values = [];
    let failure: unknown;
    try {
      if (!this.#tokenizer.isEnded) this.#tokenizer.end();
    } catch (cause) {
      failure = cause;
    }
    if (failure !== undefined) {
      throw new JsonProblem("it ends too early", this.place, { cause: failure });
    }
    if (this.#tokens === 0) throw new JsonProblem("it is empty", this.place);
    return this.#values;
  }

  #problem(chunk: Uint8Array, cause: unknown): JsonProblem {
    const message = cause instanceof Error ? cause.message : String(cause);
    const index = cause instanceof TokenizerError
      ? Number(/chunk position "(\d+)"/.exec(message)?.[1] ?? 0)
      // A token may have begun in an earlier chunk; its place there is gone.
      : Math.max(0, this.#tokenOffset - this.#chunkOffset);
    this.#advance(chunk, index);
    const text = new TextDecoder().decode(chunk.subarray(index, index + 4));
    const found = JSON.stringify(String.fromCodePoint(text.codePointAt(0) ?? 0));
    if (this.#wrongShape) {
      return new JsonProblem(`${message}, found ${found}`, this.place, { cause });
    }
    return new JsonProblem(`unexpected ${found}`, this.place, { cause });
  }

  #advance(chunk: Uint8Array, end: number): void {
    let start = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1 && at < end; at = chunk.indexOf(0x0a, at + 1)) {
      this.#line += 1;
      this.#column = 1;
      start = at + 1;
    }
    for (let at = start; at < end; at++) {
      // Continuation bytes of UTF-8 belong to the character before them.
      if (((chunk[at] ?? 0) & 0xc0) !== 0x80) this.#column += 1;
    }
  }
}

/** Where and why `text`, which `JSON.parse` refused, is not JSON. */
export function findJsonProblem(text: string): { column: number; problem: string } {
  const stream = new JsonStream("value");
  try {
    stream.write(new TextEncoder().encode(text));
    stream.end();
  } catch (error) {
    if (error instanceof JsonProblem) {
      return { column: error.place.column, problem: `it is not JSON: ${error.message}` };
    }
    throw error;
  }
  return { column: 1, problem: "it is not JSON" };
}
