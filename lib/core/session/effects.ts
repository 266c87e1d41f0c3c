import type { JobId, NodeId } from "../../proto/ids.ts";
import type { ClientToScheduler, JobResult } from "../../proto/scheduler_messages.ts";
import type { Link } from "../shared/link.ts";

/** Why a session is over. */
export type SessionEnd =
  /** Asked for. */
  | "detached"
  | "closed"
  /** Another client has attached to the cluster. */
  | "taken"
  /** There is no cluster of that name, it belongs to somebody else, or its name is used by another one. */
  | "unknown"
  | "foreign"
  | "nameTaken";

/** What a client wants done, in this order. */
export type SessionEffect =
  | { readonly type: "send"; readonly link: Link; readonly message: ClientToScheduler }
  /** The cluster is there; jobs that are submitted now are sent at once. */
  | { readonly type: "attached" }
  /** These jobs will not be lost. */
  | { readonly type: "accepted"; readonly jobs: readonly JobId[] }
  | {
    readonly type: "running";
    readonly job: JobId;
    readonly node: NodeId;
    readonly attempt: number;
    readonly runningMs: number;
  }
  /** Give the program these results. A shell that keeps them on disk does so before it goes on: acks follow. */
  | { readonly type: "deliver"; readonly results: readonly JobResult[] }
  /**
   * The job has no result and never will. `different`: its id was used for another job. `expired`: nobody fetched its result in
   * time. `cancelled`: before it was ever sent.
   */
  | {
    readonly type: "failed";
    readonly job: JobId;
    readonly why: "different" | "expired" | "cancelled";
  }
  /** Nothing more comes. */
  | { readonly type: "ended"; readonly why: SessionEnd };
