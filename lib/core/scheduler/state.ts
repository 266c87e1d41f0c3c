import type { ClusterId, JobId, NodeId, OwnerId, SchedulerId } from "../../proto/ids.ts";
import { Deque } from "../shared/deque.ts";
import type { Link } from "../shared/link.ts";
import { MinHeap } from "../shared/min_heap.ts";
import { noPlaces, Ranking } from "../shared/ranking.ts";
import { createRng } from "../shared/rng.ts";
import { defaultPrefetch, type PrefetchOptions } from "./credit.ts";
import { isServedBefore, type SharingPolicy } from "./fairness.ts";
import { JobQueue } from "./job_queue.ts";
import { NodeIndex } from "./node_index.ts";
import type { ClusterRecord, JobRecord, NodeRecord, SharedCluster } from "./records.ts";

/** Times and bounds of a shared scheduler. */
export type SharedOptions = {
  readonly policy: SharingPolicy;
  /** A node that is away, or silent, for this long has lost its leases. */
  readonly lostMs: number;
  /** After a start, nodes have this long to announce the leases they hold. */
  readonly graceMs: number;
  /** A result that nobody has acknowledged is kept for this long. */
  readonly resultExpiryMs: number;
  /** Results of one cluster that are on their way at once. */
  readonly resultWindow: number;
  /** Jobs that all clusters of one owner may have open together; more are refused. */
  readonly maxOwnerJobs: number;
};

/** Nodes are lost after nine seconds, so that a job does not wait for ten; results after a week. */
export const defaultShared: SharedOptions = {
  policy: "fair",
  lostMs: 9_000,
  graceMs: 20_000,
  resultExpiryMs: 7 * 24 * 3_600_000,
  resultWindow: 4096,
  maxOwnerJobs: Infinity,
};

/** How often something happened that should not happen often. */
export type SchedulerCounts = { stale: number; expired: number };

/** All the scheduler knows. It changes in `step` only. */
export type SchedulerState = {
  readonly prefetch: PrefetchOptions;
  readonly options: SharedOptions;
  readonly random: () => number;
  readonly jobs: Map<JobId, JobRecord>;
  readonly nodes: Map<NodeId, NodeRecord>;
  /** Which nodes have idle slots, room, and work to give away. */
  readonly index: NodeIndex;
  /** The one cluster of a scheduler inside a client or node. */
  readonly local: ClusterRecord;
  readonly clusters: Map<ClusterId, ClusterRecord>;
  /** Clusters with queued jobs, the one to be served next first. */
  readonly ready: Ranking<ClusterRecord>;
  /** The exclusive cluster whose turn it is. */
  holder: ClusterRecord | undefined;
  /** `usedMs` of the cluster that was served last. */
  servedMs: number;
  /** Queued jobs of all clusters. */
  queued: number;
  /** Leases that all nodes hold. */
  leased: number;
  /** Jobs, clusters and nodes that have come so far. */
  arrivals: number;
  /** Jobs by the end of their backoff; those no longer `delayed` are skipped. */
  readonly delayed: MinHeap<JobRecord>;
  /** Running jobs by their time limit; those that have moved on are skipped. */
  readonly deadlines: MinHeap<{ readonly job: JobRecord; readonly lease: number }>;
  /** Nodes by when their leases are lost; those that came back are skipped. */
  readonly away: MinHeap<NodeRecord>;
  /** Settled jobs of shared clusters, oldest first; those that are forgotten are skipped. */
  kept: Deque<JobRecord>;
  /** Entries of `kept` that still count. */
  keptCount: number;
  /** Who is at the other end of each client's link. */
  readonly clients: Map<Link, OwnerId>;
  scheduler: SchedulerId | undefined;
  /** Rises with each start; 0 in a scheduler that is not shared. */
  epoch: number;
  readonly counts: SchedulerCounts;
};

/** What a scheduler may be made with. */
export type SchedulerOptions = {
  /** Seed of the jitter in backoffs. */
  readonly seed: number;
  /** Bounds of prefetching; {@link defaultPrefetch} by default. */
  readonly prefetch?: PrefetchOptions;
  /** Of a shared scheduler; {@link defaultShared} by default. */
  readonly shared?: SharedOptions;
};

/** An empty scheduler. */
export function createSchedulerState(options: SchedulerOptions): SchedulerState {
  const shared = options.shared ?? defaultShared;
  return {
    prefetch: options.prefetch ?? defaultPrefetch,
    options: shared,
    random: createRng(options.seed),
    jobs: new Map(),
    nodes: new Map(),
    index: new NodeIndex(),
    local: createCluster("local" as ClusterId, 0, undefined),
    clusters: new Map(),
    ready: new Ranking(0, isServedBefore),
    holder: undefined,
    servedMs: 0,
    queued: 0,
    leased: 0,
    arrivals: 1,
    delayed: new MinHeap(),
    deadlines: new MinHeap(),
    away: new MinHeap(),
    kept: new Deque(),
    keptCount: 0,
    clients: new Map(),
    scheduler: undefined,
    epoch: 0,
    counts: { stale: 0, expired: 0 },
  };
}

/** A cluster without jobs. */
export function createCluster(
  id: ClusterId,
  order: number,
  shared: SharedCluster | undefined,
): ClusterRecord {
  return {
    id,
    order,
    priority: shared?.options.priority ?? 0,
    exclusive: shared?.options.exclusive ?? false,
    queue: new JobQueue(),
    queued: 0,
    leased: 0,
    open: 0,
    meanRunMs: undefined,
    usedMs: 0,
    rank: 0,
    places: noPlaces(1),
    shared,
  };
}
