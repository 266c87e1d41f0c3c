import { type CreateOptions, JobCluster } from "./cluster.ts";
import type { AnyIterable, MapOptions } from "./map_jobs.ts";

/** Results of {@link parallelMap}: iterate over them as they come, or await them all. */
export type ParallelResults<Result> = AsyncIterable<Result> & PromiseLike<Result[]>;

/**
 * Calls a function once for each input, in parallel on the cores of this machine.
 *
 * @typeParam In What an input is.
 * @typeParam Out What the function returns.
 * @param inputs An iterable or async iterable; it is read as there is room.
 * @param fn The function; see {@link JobCluster.create} for what it may use.
 * @param options Options of the cluster and of the map together. Without `nodes`, `join` or `listen`, `discover` is
 * false.
 * @returns Results in the order of the inputs unless `ordered: false`: an async iterable, and awaitable as an array. It
 * starts when it is first iterated or awaited, and ends its slots by itself.
 * @throws {JobError} When awaited or iterated, the first failure.
 *
 * @example
 * ```ts
 * import { parallelMap } from "../mod.ts";
 *
 * console.log(await parallelMap([1, 2, 3], (n: number) => n * n)); // prints: [ 1, 4, 9 ]
 * ```
 */
export function parallelMap<In, Out>(
  inputs: AnyIterable<In>,
  fn: (input: In) => Out | Promise<Out>,
  options: CreateOptions & MapOptions = {},
): ParallelResults<Out> {
  const iterate = (): AsyncGenerator<Out, void, undefined> => run(inputs, fn, options);
  return {
    [Symbol.asyncIterator]: iterate,
    then: (onFulfilled, onRejected) => collect(iterate()).then(onFulfilled, onRejected),
  };
}

async function* run<In, Out>(
  inputs: AnyIterable<In>,
  fn: (input: In) => Out | Promise<Out>,
  options: CreateOptions & MapOptions,
): AsyncGenerator<Out, void, undefined> {
  const { ordered, window, signal, ...rest } = options;
  // One call is seldom long enough for nodes to be found; whoever wants them says so.
  const isLocal = rest.nodes === undefined && rest.join === undefined && rest.listen === undefined;
  const createOptions = isLocal ? { discover: false, ...rest } : rest;
  await using cluster = await JobCluster.create(fn, createOptions);
  yield* cluster.map(inputs, {
    ...(ordered !== undefined && { ordered }),
    ...(window !== undefined && { window }),
    ...(signal !== undefined && { signal }),
  });
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}
