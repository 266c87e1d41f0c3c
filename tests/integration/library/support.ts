import { type ClusterOptions, type Job, JobCluster, JobError } from "../../../mod.ts";
import { runtime } from "../../harness/runners.ts";

/** Both ways of running jobs; each test of what they have in common runs with each. */
export const isolations = ["worker", "process"] as const;

/** Whether a busy job can be stopped that runs in such a slot. */
export function stopsBusy(isolation: (typeof isolations)[number]): boolean {
  return isolation === "process" || runtime === "bun";
}

/** The error of a job that is expected to have none of the results. */
export async function failureOf(job: Job<unknown>): Promise<JobError> {
  await job.settled();
  if (job.error === undefined) throw new Error("Expected a failure: the job has a result");
  return job.error;
}

/** Waits until a job is seen running. */
export async function whenRunning(job: Job<unknown>): Promise<void> {
  while (job.status === "created") await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A cluster of two slots. */
export function clusterOf<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result | Promise<Result>,
  module: string,
  options: ClusterOptions,
): Promise<JobCluster<Args, Result>> {
  return JobCluster.create(fn, { module, local: 2, ...options });
}

export async function listOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}
