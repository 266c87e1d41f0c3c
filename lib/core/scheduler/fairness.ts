import { assertNever } from "../../proto/states.ts";
import type { ClusterRecord } from "./records.ts";

/**
 * Which of several clusters of one priority is served next. `fair`: the one whose jobs have used the least time of slots
 * since it has work. `fifo`: the one whose next job came first. `early`: the one that was opened first.
 */
export type SharingPolicy = "fair" | "fifo" | "early";

/** What an attempt is taken to last as long as none of its cluster has ended. */
const firstGuessMs = 1;

/** Whether one cluster is served before another. */
export function isServedBefore(a: ClusterRecord, b: ClusterRecord): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.order < b.order;
}

/** Rank of a cluster by a policy; the smallest is served first. */
export function rankOf(cluster: ClusterRecord, policy: SharingPolicy): number {
  switch (policy) {
    case "fair":
      return cluster.usedMs;
    case "fifo":
      return cluster.queue.first?.order ?? 0;
    case "early":
      return 0;
    default:
      return assertNever(policy);
  }
}

/** An attempt is about to run: its time is charged in advance, as far as can be told. */
export function charge(cluster: ClusterRecord): void {
  cluster.usedMs += cluster.meanRunMs ?? firstGuessMs;
}

/** An attempt did not run after all. */
export function refund(cluster: ClusterRecord): void {
  cluster.usedMs -= cluster.meanRunMs ?? firstGuessMs;
}

/** An attempt has ended: what was charged becomes what it took. */
export function settleCharge(cluster: ClusterRecord, runMs: number): void {
  const guessMs = cluster.meanRunMs ?? firstGuessMs;
  cluster.usedMs += runMs - guessMs;
  cluster.meanRunMs = cluster.meanRunMs === undefined ? runMs : guessMs + (runMs - guessMs) / 8;
}
