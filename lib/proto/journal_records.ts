/**
 * What the scheduler keeps on disk, one record after the other. Later records of a job or cluster add to the earlier
 * ones; docs/STATES.md tells which record must be there before what.
 */
import type {
  ClusterId,
  ComputationId,
  InstanceId,
  JobId,
  NodeId,
  OwnerId,
  SchedulerId,
} from "./ids.ts";
import type { NumberRanges } from "./jobs.ts";
import type { ClusterOptions, JobResult, SubmittedJob } from "./scheduler_messages.ts";

export type JournalRecord =
  | EpochRecord
  | OpenedRecord
  | ClosedRecord
  | AcceptedRecord
  | LeaseRecord
  | WaitingRecord
  | SettledRecord
  | ForgottenRecord;

/** A start of the scheduler; the highest epoch counts. */
export type EpochRecord = {
  readonly type: "epoch";
  readonly scheduler: SchedulerId;
  readonly epoch: number;
};

/** A cluster was opened. */
export type OpenedRecord = {
  readonly type: "opened";
  readonly cluster: ClusterId;
  readonly owner: OwnerId;
  readonly name: string;
  readonly computation: ComputationId;
  readonly options: ClusterOptions;
  /** Numbers of the jobs that the journal does not tell of any more; none but in a snapshot. */
  readonly forgotten: NumberRanges;
};

/** A cluster is gone, with every job and result of it. */
export type ClosedRecord = { readonly type: "closed"; readonly cluster: ClusterId };

/** A job was taken in. Its arguments are stored with the record. */
export type AcceptedRecord = SubmittedJob & {
  readonly type: "accepted";
  readonly cluster: ClusterId;
};

/** A job is on a node. The next `lease`, `waiting` or `settled` record of the job replaces this. */
export type LeaseRecord = {
  readonly type: "lease";
  readonly job: JobId;
  readonly lease: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly node: NodeId;
  readonly instance: InstanceId;
};

/** A job holds no lease and is to run: it was given back, lost, or has failed and may try again. */
export type WaitingRecord = {
  readonly type: "waiting";
  readonly job: JobId;
  readonly lease: number;
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
};

/** A job has ended; kept until it is forgotten. */
export type SettledRecord = JobResult & { readonly type: "settled" };

/** The client has acknowledged the result, or it has expired: nothing of the job is needed any more but its number. */
export type ForgottenRecord = {
  readonly type: "forgotten";
  readonly cluster: ClusterId;
  readonly job: JobId;
  readonly number: number;
};
