import type { ClusterId, JobId, NodeId } from "../../proto/ids.ts";
import type { Ending } from "../../proto/jobs.ts";
import type { JournalRecord } from "../../proto/journal_records.ts";
import type { SchedulerToClient, SchedulerToNode } from "../../proto/scheduler_messages.ts";
import type { Link } from "../shared/link.ts";

/** One job handed to a node. `lease` names this handing over; what a node says of an older lease is ignored. */
export type Lease = { readonly job: JobId; readonly lease: number; readonly attempt: number };

/** What the scheduler wants done, in this order. */
export type SchedulerEffect = LocalEffect | SharedEffect;

/** What a scheduler inside a client or node wants done. */
export type LocalEffect =
  | { readonly type: "assign"; readonly node: NodeId; readonly leases: readonly Lease[] }
  /** Ask the node to give the lease back if it has not begun; it answers `returned` or `started`. */
  | { readonly type: "retract"; readonly node: NodeId; readonly job: JobId; readonly lease: number }
  /** Have the attempt stopped for certain; the node answers `done` or `returned`. */
  | { readonly type: "stop"; readonly node: NodeId; readonly job: JobId; readonly lease: number }
  /** An attempt failed and the job will run again. */
  | {
    readonly type: "retry";
    readonly job: JobId;
    readonly failures: number;
    readonly delayMs: number;
  }
  | {
    readonly type: "running";
    readonly job: JobId;
    readonly node: NodeId;
    readonly attempt: number;
    readonly startedAtMs: number;
  }
  | {
    readonly type: "settle";
    readonly job: JobId;
    readonly ending: Ending;
    /** The node whose lease ended with the job; undefined if the job held none. */
    readonly node: NodeId | undefined;
    readonly attempt: number;
    readonly runMs: number;
  };

/**
 * What a shared scheduler wants done. What is marked `afterCommit` waits until the records of its step, and all before
 * them, are on disk. On one link, messages that wait keep their order among themselves, and so do those that need not wait;
 * one of these may overtake one of those.
 */
export type SharedEffect =
  /** The first effect of its step. */
  | { readonly type: "persist"; readonly records: readonly JournalRecord[] }
  | {
    readonly type: "toNode";
    readonly node: NodeId;
    readonly link: Link;
    readonly message: SchedulerToNode;
    readonly afterCommit: boolean;
  }
  | {
    readonly type: "toClient";
    readonly link: Link;
    readonly message: SchedulerToClient;
    readonly afterCommit: boolean;
  }
  /** Send these jobs' `settled` records as `results`, after commit. */
  | {
    readonly type: "deliver";
    readonly link: Link;
    readonly cluster: ClusterId;
    readonly jobs: readonly JobId[];
  }
  /** Close a connection that another one has replaced. */
  | { readonly type: "cut"; readonly link: Link };
