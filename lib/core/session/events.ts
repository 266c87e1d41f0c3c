import type { JobId } from "../../proto/ids.ts";
import type { JobPolicy } from "../../proto/jobs.ts";
import type { SchedulerToClient } from "../../proto/scheduler_messages.ts";
import type { Link } from "../shared/link.ts";

/** Everything that can happen to a client of a shared scheduler. */
export type SessionEvent =
  | { readonly type: "linkUp"; readonly link: Link }
  | { readonly type: "linkDown"; readonly link: Link }
  | { readonly type: "message"; readonly link: Link; readonly message: SchedulerToClient }
  | {
    readonly type: "submit";
    readonly job: JobId;
    /** Digest of the arguments and of whatever else makes the job what it is. */
    readonly hash: string;
    readonly bytes: number;
    readonly policy: JobPolicy;
  }
  | { readonly type: "cancel"; readonly job: JobId }
  | { readonly type: "withdraw"; readonly job: JobId }
  /** Leave once every job is accepted; they go on without this client. */
  | { readonly type: "detach" }
  /** End the cluster with all its jobs. */
  | { readonly type: "close" }
  /** Time has passed. */
  | { readonly type: "tick" };
