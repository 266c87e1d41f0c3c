import type { LeaseRef } from "../../proto/jobs.ts";
import type { AssignedLease, LeaseEnd, NodeToScheduler } from "../../proto/scheduler_messages.ts";
import type { Link } from "../shared/link.ts";

/** What a node wants done, in this order. */
export type ExecutorEffect =
  /** Keep these ends on disk. Nothing waits for it. */
  | { readonly type: "save"; readonly ends: readonly LeaseEnd[] }
  /** Delete these ends from disk. */
  | { readonly type: "unsave"; readonly leases: readonly LeaseRef[] }
  /** Hand leases to the slots, which begin them in this order. */
  | { readonly type: "run"; readonly leases: readonly AssignedLease[] }
  /** Ask the slots to give a lease back if it has not begun; they answer `returned` or `started`. */
  | { readonly type: "retract"; readonly lease: LeaseRef }
  /** Have an attempt stopped for certain; the slots answer `ended` or `returned`. */
  | { readonly type: "stop"; readonly lease: LeaseRef }
  | { readonly type: "send"; readonly link: Link; readonly message: NodeToScheduler }
  /** Close the link: the scheduler at its other end has been replaced by another start of it. */
  | { readonly type: "refuse"; readonly link: Link; readonly epoch: number }
  /** It was told to drain, and holds and owes nothing any more. */
  | { readonly type: "drained" };
