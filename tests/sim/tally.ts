import { type SimReport, simulate } from "./simulation.ts";
import type { ViolationKind } from "./violation.ts";

/** The sum of many runs. */
export type Tally = {
  seeds: number;
  steps: number;
  jobs: number;
  executions: number;
  /** Jobs that never ended. */
  lost: number;
  /** Runs by what went wrong in them. */
  readonly broken: Record<ViolationKind, number>;
  readonly failures: SimReport[];
  /** How often each thing happened in all runs. */
  readonly counts: Map<string, number>;
};

/**
 * Runs seed after seed.
 *
 * @param firstSeed The first one.
 * @param seeds How many.
 * @param onFailure Called at once for a run that breaks a promise.
 */
export function simulateMany(
  firstSeed: number,
  seeds: number,
  onFailure?: (report: SimReport) => void,
): Tally {
  const counts = new Map<string, number>();
  const tally: Tally = {
    seeds,
    steps: 0,
    jobs: 0,
    executions: 0,
    lost: 0,
    broken: { duplicates: 0, wrong: 0, invariant: 0, stuck: 0 },
    failures: [],
    counts,
  };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const report = simulate(seed);
    tally.steps += report.steps;
    tally.jobs += report.jobs;
    tally.executions += report.executions;
    for (const [what, count] of report.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    tally.lost += report.lost;
    if (report.violation === undefined) continue;
    tally.broken[report.violation.kind] += 1;
    tally.failures.push(report);
    onFailure?.(report);
  }
  return tally;
}

/** What happened in a run that failed, and how to see it again. */
export function describeFailure({ seed, violation, endMs }: SimReport): string {
  return `seed ${seed}: ${violation?.kind}: ${violation?.message} (at ${endMs.toFixed(3)} ms)\n` +
    `  again, with every event: npm run sim -- --world local --seed ${seed} --trace`;
}
