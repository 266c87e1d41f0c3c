import type { InstanceId, SchedulerId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import type { Link } from "../shared/link.ts";
import { Outbox } from "./outbox.ts";

/** Where a lease stands on its node. */
export type LeasePhase =
  /** With the slots, and not known to have begun. */
  | { readonly kind: "waiting" }
  | { readonly kind: "running"; readonly startedAtMs: number }
  /** The slots were asked to end it. `expired`: by the node itself, which was cut off. */
  | {
    readonly kind: "stopping";
    readonly startedAtMs: number | undefined;
    readonly expired: boolean;
  };

/** A lease that the slots have. */
export type HeldRecord = {
  readonly lease: LeaseRef;
  /** Whether it is given up when the node is cut off. */
  readonly expires: boolean;
  phase: LeasePhase;
  /** The scheduler has dropped it: what comes of it is thrown away. */
  void: boolean;
};

/** All a node knows of a shared scheduler and of what it does for it. It changes in `step` only. */
export type ExecutorState = {
  readonly instance: InstanceId;
  /** How long an end may go unacknowledged before it is put on disk. */
  readonly saveAfterMs: number;
  slots: number;
  /** Whose leases it holds; undefined before the first `welcome`. */
  scheduler: SchedulerId | undefined;
  /** The highest epoch of that scheduler it has heard of. */
  epoch: number;
  lostMs: number;
  link: Link | undefined;
  /** Whether the scheduler has said `welcome` on this link. */
  greeted: boolean;
  /** Since when the scheduler may not have heard of it; undefined while it surely hears. */
  cutSinceMs: number | undefined;
  /** Since when nothing was heard on the link; undefined while that is not long. */
  silentSinceMs: number | undefined;
  draining: boolean;
  drained: boolean;
  /** By {@link leaseKey}, in the order they came. */
  readonly held: Map<string, HeldRecord>;
  readonly outbox: Outbox;
};

/** What a node begins with. */
export type ExecutorOptions = {
  /** Random, and another one at each start. */
  readonly instance: InstanceId;
  readonly slots: number;
  readonly saveAfterMs: number;
  /** The scheduler of which the saved ends are, and its epoch then; undefined if none are. */
  readonly scheduler?: SchedulerId;
  readonly epoch?: number;
  /** Ends found on disk. */
  readonly saved?: readonly LeaseEnd[];
};

/** A node that has just started. */
export function createExecutorState(options: ExecutorOptions): ExecutorState {
  const { instance, slots, saveAfterMs, scheduler, epoch = 0, saved = [] } = options;
  return {
    instance,
    saveAfterMs,
    slots,
    scheduler,
    epoch,
    lostMs: Infinity,
    link: undefined,
    greeted: false,
    cutSinceMs: undefined,
    silentSinceMs: undefined,
    draining: false,
    drained: false,
    held: new Map(),
    outbox: new Outbox(saved),
  };
}
