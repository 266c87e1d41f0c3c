import type { JobId, NodeId, OwnerId, SchedulerId } from "../../proto/ids.ts";
import type { JobPolicy, Outcome } from "../../proto/jobs.ts";
import type { ClientToScheduler, NodeToScheduler } from "../../proto/scheduler_messages.ts";
import type { Link } from "../shared/link.ts";

/** Everything that can happen to the scheduler. */
export type SchedulerEvent = LocalEvent | SharedEvent;

/** What happens to a scheduler inside a client or node. Messages of nodes carry the lease they speak of. */
export type LocalEvent =
  | { readonly type: "submit"; readonly job: JobId; readonly policy: JobPolicy }
  | { readonly type: "cancel"; readonly job: JobId }
  /** As `cancel`, but an attempt that has begun goes on, and its end is that of the job. */
  | { readonly type: "withdraw"; readonly job: JobId }
  | { readonly type: "nodeUp"; readonly node: NodeId; readonly slots: number }
  | { readonly type: "nodeDown"; readonly node: NodeId }
  /**
   * The attempt began running at `startedAtMs` of the scheduler's clock. A node says so when it is asked to give the
   * lease back and cannot, and of its own accord where a job runs long; of short jobs it only says `done`.
   */
  | {
    readonly type: "started";
    readonly node: NodeId;
    readonly job: JobId;
    readonly lease: number;
    readonly startedAtMs: number;
  }
  | {
    readonly type: "done";
    readonly node: NodeId;
    readonly job: JobId;
    readonly lease: number;
    readonly outcome: Outcome;
    /** Time the attempt ran, in milliseconds; it sizes the node's prefetch. */
    readonly runMs: number;
  }
  /**
   * The node gives back a lease that never began to run: after a retraction, a stop, or a crash beside it. Of several
   * the youngest is told first, so that the queue keeps its order.
   */
  | {
    readonly type: "returned";
    readonly node: NodeId;
    readonly job: JobId;
    readonly lease: number;
  }
  /** Time has passed; deadlines and backoffs are looked at on every step, whatever its events. */
  | { readonly type: "tick" };

/** What happens to a scheduler that many clients share; docs/STATES.md tells the whole of it. */
export type SharedEvent =
  /** The first event. `scheduler` becomes its name if its journal had none. */
  | { readonly type: "start"; readonly scheduler: SchedulerId }
  | { readonly type: "clientUp"; readonly link: Link; readonly owner: OwnerId }
  | { readonly type: "clientDown"; readonly link: Link }
  | { readonly type: "clientSays"; readonly link: Link; readonly message: ClientToScheduler }
  | { readonly type: "nodeLinkUp"; readonly node: NodeId; readonly link: Link }
  | { readonly type: "nodeLinkDown"; readonly node: NodeId; readonly link: Link }
  /** Nothing was heard of the node for longer than usual, since `silentSinceMs` at the earliest; undefined: it is heard. */
  | {
    readonly type: "nodeSuspect";
    readonly node: NodeId;
    readonly link: Link;
    readonly silentSinceMs: number | undefined;
  }
  | {
    readonly type: "nodeSays";
    readonly node: NodeId;
    readonly link: Link;
    readonly message: NodeToScheduler;
  };
