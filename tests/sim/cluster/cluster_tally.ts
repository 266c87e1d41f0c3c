import type { ViolationKind } from "../violation.ts";
import { type ClusterReport, simulateCluster } from "./cluster_simulation.ts";

/** The sum of many runs; plain data, so that it can be sent from one thread to another. */
export type ClusterTally = {
  seeds: number;
  steps: number;
  submitted: number;
  acked: number;
  delivered: number;
  executions: number;
  staleRejected: number;
  maxRecoveryMs: number;
  /** Runs by what went wrong in them. */
  readonly broken: Record<ViolationKind, number>;
  /** Fingerprint of each run, in order. */
  readonly hashes: string[];
  /** What happened in the runs that failed, and how to see it again. */
  readonly failures: string[];
  /** How often each thing happened in all runs. */
  readonly counts: Map<string, number>;
};

export function emptyTally(): ClusterTally {
  return {
    seeds: 0,
    steps: 0,
    submitted: 0,
    acked: 0,
    delivered: 0,
    executions: 0,
    staleRejected: 0,
    maxRecoveryMs: 0,
    broken: { duplicates: 0, wrong: 0, invariant: 0, stuck: 0 },
    hashes: [],
    failures: [],
    counts: new Map(),
  };
}

/** Runs seed after seed. */
export function simulateClusters(firstSeed: number, seeds: number): ClusterTally {
  const tally = emptyTally();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    addReport(tally, simulateCluster(seed));
  }
  return tally;
}

function addReport(tally: ClusterTally, report: ClusterReport): void {
  tally.seeds += 1;
  tally.steps += report.steps;
  tally.submitted += report.submitted;
  tally.acked += report.acked;
  tally.delivered += report.delivered;
  tally.executions += report.executions;
  tally.staleRejected += report.staleRejected;
  tally.maxRecoveryMs = Math.max(tally.maxRecoveryMs, report.maxRecoveryMs);
  tally.hashes.push(report.traceHash);
  for (const [what, count] of report.counts) add(tally.counts, what, count);
  if (report.violation === undefined) return;
  tally.broken[report.violation.kind] += 1;
  tally.failures.push(describeClusterFailure(report));
}

/** Adds the runs of another thread, which come after those of this tally. */
export function addTally(tally: ClusterTally, other: ClusterTally): void {
  tally.seeds += other.seeds;
  tally.steps += other.steps;
  tally.submitted += other.submitted;
  tally.acked += other.acked;
  tally.delivered += other.delivered;
  tally.executions += other.executions;
  tally.staleRejected += other.staleRejected;
  tally.maxRecoveryMs = Math.max(tally.maxRecoveryMs, other.maxRecoveryMs);
  for (const kind of ["duplicates", "wrong", "invariant", "stuck"] as const) {
    tally.broken[kind] += other.broken[kind];
  }
  tally.hashes.push(...other.hashes);
  tally.failures.push(...other.failures);
  for (const [what, count] of other.counts) add(tally.counts, what, count);
}

function add(counts: Map<string, number>, what: string, count: number): void {
  counts.set(what, (counts.get(what) ?? 0) + count);
}

/** What happened in a run that failed, and how to see it again. */
export function describeClusterFailure({ seed, violation, endMs }: ClusterReport): string {
  return `seed ${seed}: ${violation?.kind}: ${violation?.message} (at ${endMs.toFixed(3)} ms)\n` +
    `  again, with every event: npm run sim -- --seed ${seed} --trace`;
}

/** The ledger of all runs, in one line. */
export function ledgerLine(tally: ClusterTally): string {
  const { submitted, acked, delivered, broken, executions, staleRejected } = tally;
  return `submitted=${submitted} acked=${acked} delivered=${delivered} ` +
    `duplicates=${broken.duplicates} lost=${acked - delivered} wrong=${broken.wrong} ` +
    `executions=${executions} stale_rejected=${staleRejected} ` +
    `max_recovery_ms=${Math.round(tally.maxRecoveryMs)}`;
}
