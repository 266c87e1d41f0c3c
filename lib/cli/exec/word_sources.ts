import { UsageError } from "../../proto/errors.ts";

/** Most combinations of words that are made at once; more are better made by a program and read from its output. */
const maxCombinations = 10_000_000;

/** A command and the inputs that were given with it. */
export type SplitCommand = {
  readonly command: readonly string[];
  /** A list for each `:::`. */
  readonly sources: readonly (readonly string[])[];
};

/**
 * Splits the words of a command line at each `:::`.
 *
 * @throws {UsageError} When a source has no words, or there is no program.
 */
export function splitCommand(words: readonly string[]): SplitCommand {
  const lists: string[][] = [[]];
  for (const word of words) {
    if (word === ":::") lists.push([]);
    else lists.at(-1)?.push(word);
  }
  const [command = [], ...sources] = lists;
  if (command.length === 0) throw new UsageError("Cannot run nothing: name a program before :::");
  if (sources.some((source) => source.length === 0)) {
    throw new UsageError("Cannot take inputs from :::, nothing follows it: give at least one word");
  }
  const combinations = sources.reduce((product, source) => product * source.length, 1);
  if (combinations > maxCombinations) {
    throw new UsageError(
      `Cannot combine the words of ::: to ${combinations} inputs: ${maxCombinations} is the most`,
    );
  }
  return { command, sources };
}

/** Each combination of one word of each source, the last source varying fastest. */
export function* combine(sources: readonly (readonly string[])[]): Generator<readonly string[]> {
  const [first, ...rest] = sources;
  if (first === undefined) return yield [];
  for (const word of first) for (const others of combine(rest)) yield [word, ...others];
}
