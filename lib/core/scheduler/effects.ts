import type { JobId, NodeId } from "../../proto/ids.ts";
import type { Ending } from "../../proto/jobs.ts";

/** One job handed to a node. `lease` names this handing over; what a node says of an older lease is ignored. */
export type Lease = { readonly job: JobId; readonly lease: number; readonly attempt: number };

/** What the scheduler wants done, in this order. */
export type SchedulerEffect =
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
