import type { JobId, NodeId } from "../../proto/ids.ts";
import type { JobPolicy } from "../../proto/jobs.ts";
import { Deque } from "../shared/deque.ts";
import { MinHeap } from "../shared/min_heap.ts";
import { createRng } from "../shared/rng.ts";

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
  /** Settled and forgotten: voids what the queue and the heaps still hold of it. */
  | { readonly kind: "ended" };

/** A job that has not ended; ended ones are forgotten. */
export type JobRecord = {
  readonly id: JobId;
  readonly policy: JobPolicy;
  phase: Phase;
  /** How often it was handed to a node: names the current lease. */
  lease: number;
  /** How often an attempt was started, as far as known; the current lease counts. */
  attempt: number;
  failures: number;
  losses: number;
  /** Its owner gave it up: an attempt that has begun goes on, and no other begins. */
  withdrawn: boolean;
};

/** A provider of slots and the leases it holds, in the order they were given. */
export type NodeRecord = {
  readonly id: NodeId;
  readonly slots: number;
  readonly leases: Map<JobId, JobRecord>;
  /** Moving average of a job's run time; undefined until one has ended. */
  meanRunMs: number | undefined;
  /** When an attempt last ended here, or the node last got work after having none. */
  lastProgressMs: number;
  /** Leases being taken back. */
  retracting: number;
};

/** Bounds of prefetching: how much work is sent to a node ahead of its need. */
export type PrefetchOptions = {
  /** A slot holds about this much work, measured in the run time of its jobs. */
  readonly targetMs: number;
  /** A slot never holds more jobs than this. */
  readonly maxPerSlot: number;
  /** Work on a node that made no progress for this long is offered to idle slots, however short its jobs were. */
  readonly stallMs: number;
};

/** Prefetch bounds that the measurements in `bench/` support. */
export const defaultPrefetch: PrefetchOptions = { targetMs: 8, maxPerSlot: 512, stallMs: 10 };

/** All the scheduler knows. It changes in `step` only. */
export type SchedulerState = {
  readonly prefetch: PrefetchOptions;
  readonly random: () => number;
  readonly jobs: Map<JobId, JobRecord>;
  readonly nodes: Map<NodeId, NodeRecord>;
  /** Jobs to be placed, first to last; entries whose job is no longer `queued` are skipped. */
  readonly queue: Deque<JobRecord>;
  /** Entries of `queue` that still count. */
  queued: number;
  /** Jobs by the end of their backoff; those no longer `delayed` are skipped. */
  readonly delayed: MinHeap<JobRecord>;
  /** Running jobs by their time limit; those that have moved on are skipped. */
  readonly deadlines: MinHeap<{ readonly job: JobRecord; readonly lease: number }>;
};

/**
 * An empty scheduler.
 *
 * @param options.seed Seed of the jitter in backoffs.
 * @param options.prefetch Bounds of prefetching; {@link defaultPrefetch} by default.
 */
export function createSchedulerState(
  options: { readonly seed: number; readonly prefetch?: PrefetchOptions },
): SchedulerState {
  return {
    prefetch: options.prefetch ?? defaultPrefetch,
    random: createRng(options.seed),
    jobs: new Map(),
    nodes: new Map(),
    queue: new Deque(),
    queued: 0,
    delayed: new MinHeap(),
    deadlines: new MinHeap(),
  };
}
