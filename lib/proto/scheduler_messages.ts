/**
 * What clients, the shared scheduler and its nodes say to each other. docs/STATES.md tells when.
 *
 * Arguments of jobs travel beside these messages, one for each entry of `submit.jobs` and `assign.leases` in their
 * order. What an attempt gave is inside, as the `detail` of an {@link Outcome} or {@link Ending}.
 */
import type { ClusterId, ComputationId, InstanceId, JobId, NodeId, SchedulerId } from "./ids.ts";
import type { Ending, JobPolicy, LeaseRef, NumberRanges, Outcome } from "./jobs.ts";

/** What the owner of a cluster asks of the scheduler for all its jobs. */
export type ClusterOptions = {
  /** Clusters of a higher priority are served first. */
  readonly priority: number;
  /** While it has jobs, no other cluster's run. */
  readonly exclusive: boolean;
  /** Jobs that have not ended; more are refused. */
  readonly maxOpenJobs: number;
  /** Bytes of their arguments; more are refused. */
  readonly maxOpenBytes: number;
};

/** A job as its client submits it. The id is its idempotency key. */
export type SubmittedJob = {
  readonly job: JobId;
  /** Position among the jobs of its cluster, from 0; no two jobs have the same. */
  readonly number: number;
  /** Digest of the arguments and of whatever else makes the job what it is. */
  readonly hash: string;
  /** Size of the arguments. */
  readonly bytes: number;
  readonly policy: JobPolicy;
};

/** Why a job was not taken in. */
export type SubmitRefusal =
  /** The cluster has as many open jobs, or bytes, as it may, or its owner's clusters together; later there may be room. */
  | "quota"
  /** Its id or number was used before, for something else. */
  | "different";

export type ClientToScheduler =
  /** Makes the cluster known, or attaches to it again. The answer is `attached` or `unattached`. */
  | {
    readonly type: "open";
    readonly cluster: ClusterId;
    readonly name: string;
    readonly computation: ComputationId;
    readonly options: ClusterOptions;
  }
  /** Attaches to a cluster by its name. The answer is `attached` or `unattached`. */
  | { readonly type: "attach"; readonly name: string }
  /** Leaves the cluster, whose jobs go on. The answer is `detached`. */
  | { readonly type: "detach"; readonly cluster: ClusterId }
  /** Ends the cluster: what runs is stopped, results that were not acknowledged are gone. The answer is `closed`. */
  | { readonly type: "close"; readonly cluster: ClusterId }
  /** Each job is answered by `accepted` or `refused`, however often it is repeated. */
  | { readonly type: "submit"; readonly cluster: ClusterId; readonly jobs: readonly SubmittedJob[] }
  /** Has jobs stopped. */
  | { readonly type: "cancel"; readonly cluster: ClusterId; readonly jobs: readonly JobId[] }
  /** Has jobs taken back and cancelled, those that have not begun. */
  | { readonly type: "withdraw"; readonly cluster: ClusterId; readonly jobs: readonly JobId[] }
  /** Results have arrived and need not be kept. */
  | { readonly type: "ack"; readonly cluster: ClusterId; readonly jobs: readonly JobId[] };

/** How a job ended, as its client is told. */
export type JobResult = {
  readonly job: JobId;
  readonly number: number;
  readonly ending: Ending;
  /** The node whose lease ended with the job; undefined if the job held none. */
  readonly node: NodeId | undefined;
  readonly attempt: number;
  readonly runMs: number;
};

export type SchedulerToClient =
  | {
    readonly type: "attached";
    readonly cluster: ClusterId;
    readonly name: string;
    readonly computation: ComputationId;
    readonly epoch: number;
    /** Numbers of all jobs that were ever accepted. */
    readonly known: NumberRanges;
    /** Of these, the ones whose results were acknowledged or have expired. */
    readonly forgotten: NumberRanges;
  }
  | {
    readonly type: "unattached";
    readonly cluster: ClusterId | undefined;
    readonly name: string;
    /** There is none of that name; it is somebody else's; the name is that of another cluster. */
    readonly why: "unknown" | "foreign" | "taken";
  }
  /** Asked for, or because another client has attached. */
  | { readonly type: "detached"; readonly cluster: ClusterId }
  | { readonly type: "closed"; readonly cluster: ClusterId }
  /** These jobs will not be lost. */
  | { readonly type: "accepted"; readonly cluster: ClusterId; readonly jobs: readonly JobId[] }
  | {
    readonly type: "refused";
    readonly cluster: ClusterId;
    readonly jobs: readonly { readonly job: JobId; readonly why: SubmitRefusal }[];
  }
  /** An attempt has begun. Of short ones only the end is told. */
  | {
    readonly type: "running";
    readonly cluster: ClusterId;
    readonly job: JobId;
    readonly node: NodeId;
    readonly attempt: number;
    readonly runningMs: number;
  }
  /** Repeated until they are acknowledged. */
  | {
    readonly type: "results";
    readonly cluster: ClusterId;
    readonly results: readonly JobResult[];
  };

/** A lease as the node gets it. */
export type AssignedLease = LeaseRef & {
  readonly attempt: number;
  readonly cluster: ClusterId;
  readonly computation: ComputationId;
  /** The job may not run twice: the node ends it in time when it is cut off. */
  readonly expires: boolean;
};

export type SchedulerToNode =
  /** The first message of a connection. The answer is `announce`. */
  | {
    readonly type: "welcome";
    readonly scheduler: SchedulerId;
    readonly epoch: number;
    /** A node that is gone for this long has lost its leases. */
    readonly lostMs: number;
  }
  | { readonly type: "assign"; readonly leases: readonly AssignedLease[] }
  /** Asks for leases back; each is answered by `returned` or `started`. */
  | { readonly type: "retract"; readonly leases: readonly LeaseRef[] }
  /** Has attempts stopped for certain; each is answered by `done` or `returned`. */
  | { readonly type: "stop"; readonly leases: readonly LeaseRef[] }
  /**
   * These leases count no more: their attempts are stopped and their results thrown away, without an answer. It is also
   * the answer to `announce`, then often without leases.
   */
  | { readonly type: "drop"; readonly leases: readonly LeaseRef[] }
  /** Their ends are on record: the node may forget them. */
  | { readonly type: "ack"; readonly leases: readonly LeaseRef[] };

/** A lease that a node holds. */
export type HeldLease = LeaseRef & {
  /** Since when it runs; undefined if it has not begun. */
  readonly runningMs: number | undefined;
};

/** The end of an attempt. */
export type LeaseEnd = LeaseRef & {
  readonly outcome: Outcome;
  /** Time the attempt ran. */
  readonly runMs: number;
};

export type NodeToScheduler =
  /** All it holds and all it has to tell; ends in the outbox follow as `done`. The answer is `drop`. */
  | {
    readonly type: "announce";
    /** Another one after each start of the node. */
    readonly instance: InstanceId;
    readonly slots: number;
    readonly draining: boolean;
    readonly held: readonly HeldLease[];
    readonly outbox: readonly LeaseRef[];
  }
  | {
    readonly type: "started";
    readonly leases: readonly (LeaseRef & { readonly runningMs: number })[];
  }
  /** Repeated on every connection until it is acknowledged or dropped. */
  | { readonly type: "done"; readonly ends: readonly LeaseEnd[] }
  /** Leases that never began to run, youngest first. */
  | { readonly type: "returned"; readonly leases: readonly LeaseRef[] }
  | { readonly type: "slots"; readonly slots: number }
  /** It finishes what runs and takes nothing new. */
  | { readonly type: "draining" };
