/**
 * What the types of the library must accept and refuse. It is never run: the type checkers read it, and an expected
 * error that does not come is an error.
 */
import {
  type Job,
  JobCluster,
  JobError,
  type JobFunction,
  parallelMap,
  type SubmitOptions,
} from "../../mod.ts";

declare function area(width: number, height?: number): number;
declare function load(path: string): Promise<Uint8Array>;
declare function nothing(): void;
declare function pick<T>(list: readonly T[]): T | undefined;

/** Compiles only if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true
  : false;
function same<A, B>(_proof: Same<A, B>): void {}

export async function submitting(): Promise<void> {
  await using cluster = await JobCluster.create(area, { module: import.meta.url });
  const job = cluster.submit(1, 2);
  same<typeof job, Job<number>>(true);
  same<typeof job.result, number | undefined>(true);
  same<typeof job.error, JobError | undefined>(true);
  const result = await job;
  same<typeof result, number>(true);
  cluster.submit(1);
  cluster.submitWith({ retries: 2, signal: AbortSignal.timeout(5) }, 1, 2);
  // @ts-expect-error: a text is no width
  cluster.submit("1");
  // @ts-expect-error: there is no third argument
  cluster.submit(1, 2, 3);
  // @ts-expect-error: the width is missing
  cluster.submit();
  // @ts-expect-error: the options are missing
  cluster.submitWith(1, 2);
  // @ts-expect-error: there is no such option
  cluster.submitWith({ retry: 2 }, 1);
  // @ts-expect-error: a job has no place to set its status
  job.status = "finished";
}

export async function results(): Promise<void> {
  await using loading = await JobCluster.create(load, { module: import.meta.url });
  // What its promise resolves to, not the promise.
  same<Awaited<ReturnType<typeof loading.submit>>, Uint8Array>(true);
  await using empty = await JobCluster.create(nothing);
  same<ReturnType<typeof empty.submit>, Job<void>>(true);
  await using generic = await JobCluster.create(pick<string>);
  same<ReturnType<typeof generic.submit>, Job<string | undefined>>(true);
  // @ts-expect-error: numbers are no texts
  generic.submit([1]);
  const from = await JobCluster.fromModule<[string], number>("file:///a.ts", "size");
  same<ReturnType<typeof from.submit>, Job<number>>(true);
  // @ts-expect-error: it was said to take a text
  from.submit(1);
}

export async function mapping(): Promise<void> {
  await using cluster = await JobCluster.create(load, { module: import.meta.url });
  for await (const bytes of cluster.map(["a", "b"])) same<typeof bytes, Uint8Array>(true);
  async function* paths(): AsyncGenerator<string> {
    yield await Promise.resolve("a");
  }
  for await (const { job } of cluster.mapJobs(paths(), { ordered: false, window: 10 })) {
    same<typeof job, Job<Uint8Array>>(true);
  }
  // @ts-expect-error: inputs are paths
  cluster.map([1, 2]);
  // @ts-expect-error: a number cannot be gone through
  cluster.map(5);
  // @ts-expect-error: the window is a number
  cluster.map(["a"], { window: "10" });
}

export async function inOneLine(): Promise<void> {
  const list = await parallelMap([1, 2], (n: number) => String(n));
  same<typeof list, string[]>(true);
  for await (const text of parallelMap(new Set([1]), (n) => n.toFixed(2), { ordered: false })) {
    same<typeof text, string>(true);
  }
  // @ts-expect-error: the function takes texts
  parallelMap([1, 2], (text: string) => text.length);
  // @ts-expect-error: there is no such isolation
  parallelMap([1], (n: number) => n, { isolation: "thread" });
  // @ts-expect-error: a limit has a unit in its name
  parallelMap([1], (n: number) => n, { timeout: 5 });
}

export async function creating(): Promise<void> {
  // @ts-expect-error: five is no function
  await JobCluster.create(5);
  // @ts-expect-error: the module is named by its address
  await JobCluster.create(area, { module: import.meta });
  const fn: JobFunction<[number], string> = (n) => String(n);
  await JobCluster.create(fn, { local: 2, isolation: "process", timeoutMs: 100, retries: 1 });
  // @ts-expect-error: transfer takes buffers, not views
  const options: SubmitOptions = { transfer: [new Uint8Array(1)] };
  return void options;
}

export function failing(error: unknown): string {
  if (!(error instanceof JobError)) return "";
  switch (error.reason) {
    case "threw":
    case "crashed":
    case "timeout":
    case "memory":
    case "cancelled":
    case "abandoned":
      return error.message;
    default:
      // Every reason was named.
      return error.reason satisfies never;
  }
}
