/** The surroundings of a job. Outside one, reading any of it throws. */
export type JobContext = {
  /**
   * The folder with the files of the cluster's option `files`, each where it lies relative to the cluster's `base`. On a
   * node it is a folder of this cluster's jobs alone, their working directory, and goes when the cluster is closed.
   * Here it is the folder `base` itself.
   */
  readonly dir: string;
  /** Name of the node that runs the job; "local" for a slot of the program itself. */
  readonly nodeName: string;
};

/** Set beside the code of jobs. */
const placeKey = Symbol.for("muster.job");

/**
 * The surroundings of the job that runs this code.
 *
 * @example
 * ```ts
 * import { job } from "../job.ts";
 * import { parallelMap } from "../mod.ts";
 *
 * function where(n: number): string {
 *   return `${n} on ${job.nodeName}`;
 * }
 *
 * if (import.meta.main) {
 *   console.log(await parallelMap([1, 2], where, { module: import.meta.url }));
 *   // prints: [ "1 on local", "2 on local" ]
 * }
 * ```
 */
export const job: JobContext = {
  get dir() {
    return placeOf("dir").dir;
  },
  get nodeName() {
    return placeOf("nodeName").nodeName;
  },
};

function placeOf(name: string): JobContext {
  const place = (globalThis as { [placeKey]?: JobContext })[placeKey];
  if (place !== undefined) return place;
  throw new Error(`Cannot read job.${name}: this code does not run as a job`);
}
