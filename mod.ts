/**
 * Runs TypeScript functions in parallel, on the cores of this machine and of others.
 *
 * @module
 */
export { type CreateOptions, JobCluster, type JobFunction } from "./lib/client/cluster.ts";
export type { Job } from "./lib/client/job.ts";
export type { AnyIterable, EndedJob, MapOptions } from "./lib/client/map_jobs.ts";
export type { ClusterOptions, JobOutput, SubmitOptions } from "./lib/client/options.ts";
export { parallelMap, type ParallelResults } from "./lib/client/parallel_map.ts";
export { recoverJobs, type RecoverOptions } from "./lib/client/recover/recover_jobs.ts";
export type { RecoveredJob } from "./lib/client/recover/recovered_job.ts";
export type { Requirements } from "./lib/client/requirements.ts";
export type { AttachedCluster, ResultsOptions } from "./lib/client/shared/attached_cluster.ts";
export type { AttachedJob } from "./lib/client/shared/attached_results.ts";
export {
  type SharedCreateOptions,
  SharedJobCluster,
} from "./lib/client/shared/shared_job_cluster.ts";
export type { SchedulerOptions, SharedClusterOptions } from "./lib/client/shared/shared_options.ts";
export { ConnectError, type ConnectFailure } from "./lib/net/connect_error.ts";
export { CodeError, JobError, type JobErrorDetails, UsageError } from "./lib/proto/errors.ts";
export type { JobId } from "./lib/proto/ids.ts";
export type { FailureReason, JobStatus } from "./lib/proto/states.ts";
export type { Isolation } from "./lib/slots/local_pool.ts";
