import { UsageError } from "../../proto/errors.ts";
import { assertNever } from "../../proto/states.ts";
import type { InputRecord } from "./input_record.ts";
import { quoteWord } from "./quote_word.ts";

/** What is taken of a path: all, without extension, its name, its folder, its name without extension. */
type PathPart = "" | "." | "/" | "//" | "/.";

type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "input"; readonly part: PathPart }
  /** One of the input's columns, by number from 1. */
  | { readonly kind: "column"; readonly column: number; readonly part: PathPart }
  /** A column by name where inputs have named columns; else `text` as it stands, such as awk's `{print}`. */
  | {
    readonly kind: "named";
    readonly name: string;
    readonly part: PathPart;
    readonly text: string;
  }
  | { readonly kind: "number" };

const placeholder = /\{([^{}\n]*?)(\/\.|\/\/|\.|\/)?\}/g;

/** A command with places for its input: `{}`, `{.}`, `{/}`, `{//}`, `{/.}`, `{#}`, `{1}`, `{name}`. */
export class CommandTemplate {
  readonly #words: readonly (readonly Piece[])[];

  /**
   * @param words The program and its arguments.
   * @throws {UsageError} For a placeholder that GNU parallel has and this does not.
   */
  constructor(words: readonly string[]) {
    this.#words = words.map(parseWord);
  }

  /**
   * The command for an input, as words.
   *
   * @param append Whether the input comes last where there is no placeholder.
   * @throws {UsageError} When a placeholder names a column that the input does not have.
   */
  expand(record: InputRecord, seq: number, append: boolean): string[] {
    const words = this.#words.flatMap((pieces) => {
      const [only, second] = pieces;
      // By itself, an input of several words stays several words.
      if (only !== undefined && second === undefined) return render(only, record, seq);
      return [pieces.map((piece) => render(piece, record, seq).join(" ")).join("")];
    });
    return append && !this.#mentions(record) ? [...words, ...record.words] : words;
  }

  /** The command for an input as one line for a shell; what comes from the input is quoted, the command is not. */
  expandForShell(record: InputRecord, seq: number, append: boolean): string {
    const words = this.#words.map((pieces) =>
      pieces.map((piece) => {
        const values = render(piece, record, seq);
        return (isLiteral(piece, record) ? values : values.map(quoteWord)).join(" ");
      }).join("")
    );
    const appended = append && !this.#mentions(record) ? record.words.map(quoteWord) : [];
    return [...words, ...appended].join(" ");
  }

  #mentions(record: InputRecord): boolean {
    return this.#words.some((pieces) => pieces.some((piece) => !isLiteral(piece, record)));
  }
}

function parseWord(word: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of word.matchAll(placeholder)) {
    if (match.index > end) pieces.push({ kind: "text", text: word.slice(end, match.index) });
    pieces.push(parsePlaceholder(match[0], match[1] ?? "", (match[2] ?? "") as PathPart));
    end = match.index + match[0].length;
  }
  if (end < word.length) pieces.push({ kind: "text", text: word.slice(end) });
  return pieces;
}

function parsePlaceholder(text: string, name: string, part: PathPart): Piece {
  if (name === "") return { kind: "input", part };
  if (name === "#" && part === "") return { kind: "number" };
  if (name === "%" && part === "") {
    throw new UsageError(
      "Cannot use {%}: which slot will run a job is not known before it runs; {#} is its number",
    );
  }
  if (/^[1-9]\d{0,8}$/.test(name)) return { kind: "column", column: Number(name), part };
  return { kind: "named", name, part, text };
}

/** Whether a piece stands for itself with this input. */
function isLiteral(piece: Piece, { named }: InputRecord): boolean {
  return piece.kind === "text" ||
    (piece.kind === "named" && (named === undefined || !looksLikeName(piece.name, named)));
}

/** Braces around what no column could be called, such as a program for awk, are left alone. */
function looksLikeName(name: string, named: ReadonlyMap<string, string>): boolean {
  return named.has(name) || /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name);
}

function render(piece: Piece, record: InputRecord, seq: number): string[] {
  switch (piece.kind) {
    case "text":
      return [piece.text];
    case "number":
      return [String(seq)];
    case "input":
      return record.words.map((word) => partOf(word, piece.part));
    case "column": {
      const word = record.words[piece.column - 1];
      if (word !== undefined) return [partOf(word, piece.part)];
      throw new UsageError(
        `Cannot use {${piece.column}} with input ${seq}: it has ${record.words.length} columns`,
      );
    }
    case "named": {
      const { name, part, text } = piece;
      if (record.named === undefined || !looksLikeName(name, record.named)) return [text];
      const word = record.named.get(name);
      if (word !== undefined) return [partOf(word, part)];
      const names = [...record.named.keys()].join(", ");
      throw new UsageError(`Cannot use {${name}} with input ${seq}: its columns are ${names}`);
    }
    default:
      return assertNever(piece);
  }
}

function partOf(path: string, part: PathPart): string {
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  switch (part) {
    case "":
      return path;
    case ".":
      return path.slice(0, slash + 1) + withoutExtension(name);
    case "/":
      return name;
    case "//":
      return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
    case "/.":
      return withoutExtension(name);
    default:
      return assertNever(part);
  }
}

/** A leading dot begins no extension: `.bashrc` has none. */
function withoutExtension(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}
