import { type CountedInputs, openSource } from "../run/run_setup.ts";
import { BlockInputs } from "./block_inputs.ts";
import type { ExecRequest } from "./exec_options.ts";
import { combine } from "./word_sources.ts";

/**
 * The inputs of `muster exec`: what was read, combinations of words, or blocks for a pipe.
 *
 * @throws {UsageError} When there are none, or they cannot be read.
 */
export async function openExecInputs(request: ExecRequest): Promise<CountedInputs> {
  const { wordSources, blockBytes } = request;
  if (wordSources.length > 1 && blockBytes === undefined) {
    const total = wordSources.reduce((product, { length }) => product * length, 1);
    return { total, [Symbol.asyncIterator]: () => asyncIterator(combine(wordSources)) };
  }
  const inputs = await openSource(request, "run a program");
  return blockBytes === undefined ? inputs : new BlockInputs(inputs, blockBytes);
}

function asyncIterator<T>(values: Iterator<T, unknown>): AsyncIterator<T, void> {
  const next = (): IteratorResult<T, void> => {
    const { done, value } = values.next();
    return done === true ? { done, value: undefined } : { done: false, value };
  };
  return {
    next: () => Promise.resolve(next()),
    return: () => Promise.resolve({ done: true, value: undefined }),
  };
}
