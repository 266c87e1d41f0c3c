// Runs the real machines in simulated worlds full of faults, each one drawn from a seed.
//   --seeds N      how many (2000 by default, or 1 when --seed is given)
//   --seed K       the first one (1 by default)
//   --world W      `shared` (default): clients, a shared scheduler and nodes; `local`: the scheduler inside a client
//   --trace        prints every event and effect of the first one
import { once } from "node:events";
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { detectPlatform } from "../lib/platform/mod.ts";
import { simulateCluster } from "../tests/sim/cluster/cluster_simulation.ts";
import {
  addTally,
  type ClusterTally,
  emptyTally,
  ledgerLine,
} from "../tests/sim/cluster/cluster_tally.ts";
import { simulate } from "../tests/sim/simulation.ts";
import { describeFailure, simulateMany } from "../tests/sim/tally.ts";
import { TraceHash } from "../tests/sim/trace_hash.ts";

/** Seeds that a thread runs at a time. */
const seedsAtATime = 50;

// Millions of short steps are for the allocator what short jobs are.
detectPlatform().prepareForService();

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    world: { type: "string", default: "shared" },
    trace: { type: "boolean", default: false },
  },
});
const firstSeed = integerOf("--seed", values.seed ?? "1");
const seeds = integerOf("--seeds", values.seeds ?? (values.seed === undefined ? "2000" : "1"));
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

switch (values.world) {
  case "shared":
    if (values.trace) simulateCluster(firstSeed, print);
    process.exitCode = await runShared() ? 0 : 1;
    break;
  case "local":
    if (values.trace) simulate(firstSeed, print);
    process.exitCode = runLocal() ? 0 : 1;
    break;
  default:
    refuse(`--world is "${values.world}", not "shared" or "local"`);
}

/** Says whether every promise was kept. */
async function runShared(): Promise<boolean> {
  const beganMs = performance.now();
  const tally = await inThreads();
  const seconds = (performance.now() - beganMs) / 1000;
  // What the machine would do if it did nothing else: all threads count.
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1e6;
  for (const failure of tally.failures) print(failure);
  const hash = new TraceHash();
  for (const text of tally.hashes) hash.text(text);
  const { steps, broken } = tally;
  print(
    `seeds=${tally.seeds} steps=${steps} invariant=${broken.invariant} stuck=${broken.stuck} ` +
      `trace=${hash.hex} seeds/s=${Math.round(tally.seeds / seconds)} ` +
      `steps/cpu-s=${Math.round(steps / cpuSeconds)} steps/s=${Math.round(steps / seconds)}`,
  );
  print(ledgerLine(tally));
  return tally.failures.length === 0 && tally.acked === tally.delivered;
}

/** Runs the seeds in as many threads as there are cores; the sum does not depend on how many that are. */
async function inThreads(): Promise<ClusterTally> {
  const parts: ClusterTally[] = [];
  let next = 0;
  const thread = async (): Promise<void> => {
    const worker = new Worker(new URL("../tests/sim/cluster/tally_worker.ts", import.meta.url));
    for (; next * seedsAtATime < seeds;) {
      const index = next++;
      const start = index * seedsAtATime;
      worker.postMessage({
        firstSeed: firstSeed + start,
        seeds: Math.min(seedsAtATime, seeds - start),
      });
      const [part] = await once(worker, "message") as [ClusterTally];
      parts[index] = part;
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, thread));
  const sum = emptyTally();
  for (const part of parts) addTally(sum, part);
  return sum;
}

function runLocal(): boolean {
  const beganMs = performance.now();
  const tally = simulateMany(firstSeed, seeds, (report) => print(describeFailure(report)));
  const seconds = (performance.now() - beganMs) / 1000;
  const { steps, jobs, executions, lost, broken } = tally;
  print(
    `seeds=${seeds} steps=${steps} jobs=${jobs} executions=${executions} ` +
      `duplicates=${broken.duplicates} lost=${lost} invariant=${broken.invariant} ` +
      `stuck=${broken.stuck} steps/s=${Math.round(steps / seconds)}`,
  );
  return tally.failures.length === 0;
}

function integerOf(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(`${option} is "${text}", not a whole number from 0`);
}

function refuse(why: string): never {
  process.stderr.write(`Cannot run: ${why}\n`);
  process.exit(2);
}
