/**
 * What a client with a recover file and its nodes say to each other beside `node_messages.ts`: so that nodes keep what
 * its jobs gave when it is lost, and whoever has the file can fetch it.
 */
import type { ClusterId } from "./ids.ts";
import type { LeaseRef } from "./jobs.ts";
import type { LeaseEnd } from "./scheduler_messages.ts";

export type ClientToKeeper =
  /** Before `open`: asks to go on with this cluster's tasks if the client is lost, and to keep how they end. */
  | { readonly type: "keep"; readonly cluster: ClusterId }
  /** Names the tasks that follow, whose numbers count up from `first`. */
  | { readonly type: "leases"; readonly first: number; readonly leases: readonly LeaseRef[] }
  /** These ends are on record, or count no more: the node may forget them. */
  | { readonly type: "forget"; readonly leases: readonly LeaseRef[] }
  /** In the place of `open`: asks for what the node keeps of a lost client's cluster. */
  | { readonly type: "collect"; readonly cluster: ClusterId };

export type KeeperToClient =
  /** How tasks ended; repeated to whoever collects until it is to be forgotten. */
  | { readonly type: "kept"; readonly ends: readonly LeaseEnd[] }
  /** What has not ended. It follows what was kept at first, and comes again when something is not held any more. */
  | {
    readonly type: "held";
    /** Whether every lease the node ever had has ended, is held, or never began. */
    readonly isWhole: boolean;
    readonly leases: readonly LeaseRef[];
  };
