/**
 * What code that runs as a job may know of its surroundings. Import it where the job's function is: it travels with it,
 * and brings nothing else along.
 *
 * @module
 */

export { job, type JobContext } from "./lib/runtime/job.ts";
