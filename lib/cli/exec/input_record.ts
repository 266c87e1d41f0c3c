import { renderResult } from "../output/render_result.ts";

/** One input as a command line can take it. */
export type InputRecord = {
  /** Its parts, which `{1}`, `{2}`, … name: one, unless it has columns. */
  readonly words: readonly string[];
  /** The parts by their columns' names; undefined if they have none. */
  readonly named: ReadonlyMap<string, string> | undefined;
};

/** A record of a value that was read. Objects have their properties as columns, lists their elements. */
export function recordOf(value: unknown, columnSeparator: RegExp | undefined): InputRecord {
  if (typeof value === "string") {
    const words = columnSeparator === undefined ? [value] : value.split(columnSeparator);
    return { words, named: undefined };
  }
  if (Array.isArray(value)) return { words: value.map(textOf), named: undefined };
  if (typeof value !== "object" || value === null) {
    return { words: [textOf(value)], named: undefined };
  }
  const entries = Object.entries(value).map(([name, each]): [string, string] => [
    name,
    textOf(each),
  ]);
  return { words: entries.map(([, text]) => text), named: new Map(entries) };
}

/** A value as one word: texts as they are, everything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : renderResult(value);
}
