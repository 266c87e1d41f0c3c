import { defaultPrefetch, type PrefetchOptions } from "../../../lib/core/scheduler/credit.ts";
import type { SharingPolicy } from "../../../lib/core/scheduler/fairness.ts";
import { createRng } from "../../../lib/core/shared/rng.ts";

/** What a run is like; everything follows from its seed. Rates are from 0 to 1, times in virtual milliseconds. */
export type WorldOptions = {
  readonly seed: number;
  /** Jobs of each client. */
  readonly clients: readonly number[];
  /** Slots of each node. */
  readonly nodes: readonly number[];
  readonly policy: SharingPolicy;
  readonly prefetch: PrefetchOptions;
  /** Faults and submits happen until then; afterwards everything must come to its end. */
  readonly faultsEndMs: number;
  /** Mean time between faults; Infinity for none. */
  readonly meanBetweenFaultsMs: number;
  /** How a job's run time is drawn: weights of microseconds, milliseconds and longer. */
  readonly durationWeights: readonly [number, number, number];
  readonly throwRate: number;
  readonly crashRate: number;
  readonly cancelRate: number;
  readonly withdrawRate: number;
  readonly timeoutRate: number;
  readonly reentrantRate: number;
  /** A client's cluster is closed before its jobs have ended. */
  readonly closeRate: number;
  /** A client leaves its cluster and attaches to it later. */
  readonly detachRate: number;
  readonly maxOpenJobs: number;
  readonly resultWindow: number;
  readonly maxOwnerJobs: number;
  /** Every so many jobs of a client one has a higher priority; 0 for none. */
  readonly urgentEach: number;
  readonly submitWindow: number;
  readonly maxLatencyMs: number;
  /** A process gathers events for up to this long before a step. */
  readonly maxBatchMs: number;
  readonly maxTimerLateMs: number;
  /** A commit of the journal takes up to this long. */
  readonly maxCommitMs: number;
  /** A broken connection is noticed after up to this long. */
  readonly maxDetectMs: number;
  readonly lostMs: number;
  readonly graceMs: number;
  readonly saveAfterMs: number;
  readonly noticeMs: number;
  readonly maxKillMs: number;
  readonly duplicateRate: number;
  readonly lossRate: number;
  /** Part of what is on a broken connection that arrives long after. */
  readonly straggleRate: number;
  /** A node's new connection breaks, or the node dies, when it has just announced itself. */
  readonly flapRate: number;
  /** The journal is rewritten as a snapshot after a commit. */
  readonly compactRate: number;
};

/** Draws the options of a run from its seed. */
export function drawWorld(seed: number): WorldOptions {
  const random = createRng(seed);
  const pick = <T>(...choices: [T, ...T[]]): T =>
    choices[Math.floor(random() * choices.length)] ?? choices[0];
  const upTo = (max: number): number => Math.floor(random() * (max + 1));
  const lostMs = pick(300, 300, 600, 2000);
  return {
    seed,
    clients: Array.from({ length: 1 + upTo(2) }, () => 5 + upTo(pick(20, 60))),
    nodes: Array.from({ length: 1 + upTo(3) }, () => 1 + upTo(3)),
    policy: pick("fair", "fifo", "early"),
    prefetch: { ...defaultPrefetch, maxPerSlot: pick(1, 2, 512), stallMs: pick(1, 10, 50) },
    faultsEndMs: pick(500, 2000, 6000),
    meanBetweenFaultsMs: pick(Infinity, 1000, 300, 100, 40),
    durationWeights: pick([1, 0, 0], [1, 1, 0.2], [0, 1, 0.2], [0, 0, 1]),
    throwRate: pick(0, 0.05, 0.3),
    crashRate: pick(0, 0.05),
    cancelRate: pick(0, 0.1),
    withdrawRate: pick(0, 0.1),
    timeoutRate: pick(0, 0.3),
    reentrantRate: pick(0, 0.5, 1),
    closeRate: pick(0, 0.2),
    detachRate: pick(0, 0.4),
    maxOpenJobs: pick(3, 1000, 1000),
    resultWindow: pick(1, 4, 1000),
    // Not drawn, so that other worlds stay as they were.
    maxOwnerJobs: seed % 8 === 0 ? 5 : Infinity,
    urgentEach: seed % 8 === 1 ? 7 : 0,
    submitWindow: pick(1, 8, 1000),
    maxLatencyMs: pick(0, 0.5, 5, 30),
    maxBatchMs: pick(0, 0.2, 3),
    maxTimerLateMs: pick(0, 2),
    maxCommitMs: pick(0.1, 5, 40),
    maxDetectMs: pick(5, 100, 400),
    lostMs,
    graceMs: lostMs * 2,
    saveAfterMs: pick(0, 20, 200),
    noticeMs: pick(1, 5),
    maxKillMs: pick(0, 10),
    duplicateRate: pick(0, 0.1),
    lossRate: pick(0, 0.002),
    straggleRate: pick(0, 0.5, 1),
    flapRate: pick(0, 0.5),
    compactRate: pick(0, 0.05),
  };
}
