import type {
  ClusterId,
  ComputationId,
  InstanceId,
  JobId,
  NodeId,
  OwnerId,
} from "../../proto/ids.ts";
import type { JobPolicy } from "../../proto/jobs.ts";
import type { ClusterOptions } from "../../proto/scheduler_messages.ts";
import type { Chain } from "../shared/chain.ts";
import type { Deque } from "../shared/deque.ts";
import type { Link } from "../shared/link.ts";
import type { NumberSet } from "../shared/number_set.ts";
import type { JobQueue } from "./job_queue.ts";

/** Where a job stands. The four phases in the middle hold a lease on a node. */
export type Phase =
  | { readonly kind: "queued" }
  | { readonly kind: "delayed"; readonly untilMs: number }
  /** Sent to a node, and not known to have begun. */
  | { readonly kind: "assigned"; readonly node: NodeId }
  /** Being taken back, to be placed elsewhere or, if it was withdrawn, to end. */
  | { readonly kind: "retracting"; readonly node: NodeId }
  | { readonly kind: "running"; readonly node: NodeId; readonly deadlineMs: number }
  | { readonly kind: "stopping"; readonly node: NodeId; readonly why: "cancelled" | "timeout" }
  /** Has ended; its result is kept for the client. */
  | { readonly kind: "settled"; readonly sinceMs: number }
  /** Settled and forgotten: voids what the queue and the heaps still hold of it. */
  | { readonly kind: "ended" };

/** A job that has not ended, or whose result somebody waits for; others are forgotten. */
export type JobRecord = {
  readonly id: JobId;
  readonly policy: JobPolicy;
  readonly cluster: ClusterRecord;
  /** Rises with each job that comes. */
  readonly order: number;
  phase: Phase;
  /** How often it was handed to a node: names the current lease. */
  lease: number;
  /** How often an attempt was started, as far as known; the current lease counts. */
  attempt: number;
  failures: number;
  losses: number;
  /** Its owner gave it up: an attempt that has begun goes on, and no other begins. */
  withdrawn: boolean;
  /** What only a job of a shared scheduler has. */
  readonly shared: SharedJob | undefined;
  /** Neighbours among the jobs of a shared cluster. */
  previous: JobRecord | undefined;
  next: JobRecord | undefined;
};

export type SharedJob = {
  /** Position among the jobs of its cluster. */
  readonly number: number;
  readonly hash: string;
  readonly bytes: number;
  /** Epoch of the current lease. */
  epoch: number;
  /** Start of the node that holds the current lease. */
  instance: InstanceId | undefined;
  /** Whether the journal has the current lease. */
  leaseOnRecord: boolean;
  /** Whether its result was sent on the link that its cluster has now. */
  sent: boolean;
  /** What the shell keeps with it; the machine does not look at it. */
  payload: unknown;
};

/** Jobs that belong together. A scheduler inside a client or node has one of them only, `state.local`. */
export type ClusterRecord = {
  readonly id: ClusterId;
  /** Rises with each cluster that is opened. */
  readonly order: number;
  readonly priority: number;
  readonly exclusive: boolean;
  /** Jobs to be placed, first to last; entries whose job is no longer `queued` are skipped. */
  readonly queue: JobQueue<JobRecord>;
  /** Entries of `queue` that still count. */
  queued: number;
  /** Leases that nodes hold of it. */
  leased: number;
  /** Jobs that have not ended. */
  open: number;
  /** Moving average of a job's run time; undefined until one has ended. */
  meanRunMs: number | undefined;
  /** Time of slots that its jobs were given; see fairness.ts. */
  usedMs: number;
  /** What `state.ready` goes by. */
  rank: number;
  /** Kept by the ranking. */
  readonly places: number[];
  readonly shared: SharedCluster | undefined;
};

export type SharedCluster = {
  readonly owner: OwnerId;
  readonly name: string;
  readonly computation: ComputationId;
  readonly options: ClusterOptions;
  /** The client that has it; undefined while it is detached. */
  link: Link | undefined;
  /** Its jobs that are not forgotten. */
  readonly jobs: Chain<JobRecord>;
  /** Bytes of the open jobs' arguments. */
  openBytes: number;
  /** Numbers of the jobs that were ever accepted. */
  readonly known: NumberSet;
  /** Numbers of the jobs whose results were acknowledged or have expired. */
  readonly forgotten: NumberSet;
  /** Settled jobs whose results are to be sent, oldest first; those that are not settled any more are skipped. */
  unsent: Deque<JobRecord>;
  /** Results that were sent and are not acknowledged. */
  inFlight: number;
};

/** A provider of slots and the leases it holds, in the order they were given. */
export type NodeRecord = {
  readonly id: NodeId;
  /** Rises with each node that comes up: the earlier one is preferred among equals. */
  readonly order: number;
  slots: number;
  readonly leases: Map<JobId, JobRecord>;
  /** Moving average of a job's run time; undefined until one has ended. */
  meanRunMs: number | undefined;
  /** When an attempt last ended here, or the node last got work after having none. */
  lastProgressMs: number;
  /** Leases being taken back. */
  retracting: number;
  /** What only a node of a shared scheduler has. */
  readonly remote: RemoteNode | undefined;
  /** Where it stands in the index of nodes; both kept by the index. */
  readonly marks: NodeMarks;
  readonly places: number[];
};

/** What a node was ranked by when it was last looked at. */
export type NodeMarks = {
  /** Idle slots, of a node that may get work. */
  idle: number;
  /** Leases that may be sent to it. */
  room: number;
  /** Leases that are worth moving to an idle slot. */
  movable: number;
  retracting: number;
  hasBacklog: boolean;
  /** Whether it has changed since. */
  changed: boolean;
  /** Whether its next stall is waited for. */
  stallPlanned: boolean;
  gone: boolean;
};

export type RemoteNode = {
  /** Its connection; undefined while it is away. */
  link: Link | undefined;
  /** Whether it has announced itself on this link: it gets nothing before. */
  announced: boolean;
  instance: InstanceId | undefined;
  suspect: boolean;
  draining: boolean;
  /** When its leases are lost unless it announces itself before; undefined if it has. */
  lostAtMs: number | undefined;
};
