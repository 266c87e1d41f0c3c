import type { LeaseRef, Outcome } from "../../proto/jobs.ts";
import type { SchedulerToNode } from "../../proto/scheduler_messages.ts";
import type { Link } from "../shared/link.ts";

/** Everything that can happen to a node of a shared scheduler. */
export type ExecutorEvent =
  | { readonly type: "linkUp"; readonly link: Link }
  /** `sinceMs`: when it last sent something that is known to have arrived. */
  | { readonly type: "linkDown"; readonly link: Link; readonly sinceMs: number }
  /**
   * Nothing was heard of the scheduler for longer than usual, since `sinceMs`; undefined: it is heard. It may not hear
   * this node either.
   */
  | { readonly type: "silent"; readonly link: Link; readonly sinceMs: number | undefined }
  | { readonly type: "message"; readonly link: Link; readonly message: SchedulerToNode }
  /** The attempt began running at `startedAtMs` of the node's clock; told of what runs long, and when it is asked back. */
  | { readonly type: "started"; readonly lease: LeaseRef; readonly startedAtMs: number }
  | {
    readonly type: "ended";
    readonly lease: LeaseRef;
    readonly outcome: Outcome;
    readonly runMs: number;
  }
  /** The slots give a lease back that never began. Of several, the youngest is told first. */
  | { readonly type: "returned"; readonly lease: LeaseRef }
  | { readonly type: "slots"; readonly slots: number }
  /** Finish what runs, take nothing new. */
  | { readonly type: "drain" }
  /** Time has passed. */
  | { readonly type: "tick" };
