// Runs the scheduler in simulated worlds full of faults, each one drawn from a seed.
//   --seeds N    how many (200 by default, or 1 when --seed is given)
//   --seed K     the first one (1 by default)
//   --trace      prints every event and effect
import process from "node:process";
import { parseArgs } from "node:util";
import { simulate } from "../tests/sim/simulation.ts";
import { describeFailure, simulateMany } from "../tests/sim/tally.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});
const firstSeed = integerOf("--seed", values.seed ?? "1");
const seeds = integerOf("--seeds", values.seeds ?? (values.seed === undefined ? "200" : "1"));
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

if (values.trace) simulate(firstSeed, print);
const beganMs = performance.now();
const tally = simulateMany(firstSeed, seeds, (report) => print(describeFailure(report)));
const seconds = (performance.now() - beganMs) / 1000;
const { steps, jobs, executions, lost, broken } = tally;
print(
  `seeds=${seeds} steps=${steps} jobs=${jobs} executions=${executions} ` +
    `duplicates=${broken.duplicates} lost=${lost} invariant=${broken.invariant} ` +
    `stuck=${broken.stuck} steps/s=${Math.round(steps / seconds)}`,
);
process.exitCode = tally.failures.length === 0 ? 0 : 1;

function integerOf(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`Cannot run: ${option} is "${text}", not a whole number from 0\n`);
  return process.exit(2);
}
