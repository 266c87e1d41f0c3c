// The scheduler with 1,000 nodes of 32 slots and 10^6 jobs, on a virtual clock: what a job costs it, and how that grows.
import process from "node:process";
import { type ScaleReport, ScaleRun } from "../tests/sim/scale/scale_run.ts";

/** What is used of Bun; its own types would bring its globals into every file. */
declare const Bun: { gc(force: boolean): void };

/** What is measured may be that much worse than n log n: caches miss more often in what is larger. */
const slack = 2;
const slots = 32;

// Compiles what is measured.
new ScaleRun({ nodes: 50, slots, jobs: 20_000 }, heapBytes).run();
const few = run({ nodes: 1000, jobs: 100_000 });
const small = run({ nodes: 100, jobs: 1_000_000 });
const large = run({ nodes: 1000, jobs: 1_000_000 });

const jobGrowth = usPerJob(large) / usPerJob(few);
const nodeGrowth = usPerJob(large) / usPerJob(small);
const jobBound = slack * Math.log(large.jobs) / Math.log(few.jobs);
const nodeBound = slack * Math.log(large.nodes * slots) / Math.log(small.nodes * slots);
process.stdout.write(
  `nodes=${large.nodes} slots=${slots} jobs=${large.jobs} ` +
    `cpu_us_per_job=${usPerJob(large).toFixed(2)} bytes_per_job=${Math.round(large.bytesPerJob)} ` +
    `growth_10x_jobs=${jobGrowth.toFixed(2)} (at most ${jobBound.toFixed(2)}) ` +
    `growth_10x_nodes=${nodeGrowth.toFixed(2)} (at most ${nodeBound.toFixed(2)})\n`,
);
process.exitCode = jobGrowth <= jobBound && nodeGrowth <= nodeBound ? 0 : 1;

function run(size: { readonly nodes: number; readonly jobs: number }): ScaleReport {
  const report = new ScaleRun({ ...size, slots }, heapBytes).run();
  print(report);
  return report;
}

function usPerJob({ cpuUs, jobs }: ScaleReport): number {
  return cpuUs / jobs;
}

function print({ nodes, jobs, steps, cpuUs, bytesPerJob }: ScaleReport): void {
  process.stdout.write(
    `nodes=${nodes} jobs=${jobs} steps=${steps} cpu_us_per_job=${(cpuUs / jobs).toFixed(2)} ` +
      `bytes_per_job=${Math.round(bytesPerJob)}\n`,
  );
}

function heapBytes(): number {
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}
