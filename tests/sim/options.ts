import { createRng } from "../../lib/core/shared/rng.ts";
import { defaultPrefetch, type PrefetchOptions } from "../../lib/core/scheduler/credit.ts";

/** What a run is like; everything follows from its seed. Probabilities are from 0 to 1. */
export type SimOptions = {
  readonly seed: number;
  readonly jobs: number;
  /** Slots of each node. */
  readonly nodes: readonly number[];
  readonly prefetch: PrefetchOptions;
  /** Faults and submits happen until then; afterwards everything must come to its end. */
  readonly faultsEndMs: number;
  /** How a job's run time is drawn: weights of microseconds, milliseconds and seconds. */
  readonly durationWeights: readonly [number, number, number];
  readonly throwRate: number;
  readonly crashRate: number;
  readonly hangRate: number;
  readonly cancelRate: number;
  readonly withdrawRate: number;
  readonly resubmitRate: number;
  readonly timeoutRate: number;
  /** Mean time between losses of a node, of all nodes together; Infinity for none. */
  readonly meanBetweenLossesMs: number;
  /** Part of the losses in which the node goes on without its connection. */
  readonly partitionRate: number;
  /** A message takes up to this long. */
  readonly maxLatencyMs: number;
  /** The scheduler gathers events for up to this long before a step. */
  readonly maxBatchMs: number;
  /** Timers of the scheduler fire up to this late. */
  readonly maxTimerLateMs: number;
  /** A node tells the start of what runs for longer than this. */
  readonly noticeMs: number;
  /** Stopping an attempt takes up to this long. */
  readonly maxKillMs: number;
  /** A slot that was killed or crashed is back after up to this long. */
  readonly maxRespawnMs: number;
  /** The scheduler notices a lost node after up to this long. */
  readonly maxDetectMs: number;
};

/** Draws the options of a run from its seed. */
export function drawOptions(seed: number): SimOptions {
  const random = createRng(seed);
  const pick = <T>(...choices: [T, ...T[]]): T =>
    choices[Math.floor(random() * choices.length)] ?? choices[0];
  const upTo = (max: number): number => Math.floor(random() * (max + 1));
  return {
    seed,
    jobs: 10 + upTo(pick(40, 40, 120)),
    nodes: Array.from({ length: 1 + upTo(4) }, () => 1 + upTo(3)),
    prefetch: {
      ...defaultPrefetch,
      maxPerSlot: pick(1, 2, 8, 512, 512),
      stallMs: pick(1, 10, 10, 50),
    },
    faultsEndMs: pick(200, 1000, 5000),
    durationWeights: pick([1, 0, 0], [1, 1, 0.1], [20, 1, 1], [0, 1, 0.2], [0, 0, 1]),
    throwRate: pick(0, 0.05, 0.3),
    crashRate: pick(0, 0.02, 0.2),
    hangRate: pick(0, 0.02, 0.2),
    cancelRate: pick(0, 0.05, 0.3),
    withdrawRate: pick(0, 0, 0.1),
    resubmitRate: pick(0, 0.1),
    timeoutRate: pick(0, 0.3, 1),
    meanBetweenLossesMs: pick(Infinity, 1000, 200, 50),
    partitionRate: pick(0, 0.5, 1),
    maxLatencyMs: pick(0, 0.1, 2, 30),
    maxBatchMs: pick(0, 0.2, 5),
    maxTimerLateMs: pick(0, 2),
    noticeMs: pick(1, 5),
    maxKillMs: pick(0, 5, 50),
    maxRespawnMs: pick(1, 50),
    maxDetectMs: pick(0, 20, 500),
  };
}
