// What the benchmarks have in common: their command line, and a run in each runtime.
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { runtimePath } from "../scripts/setup.mjs";
import { type Figure, fullScale, holds, quickScale } from "./figures/figure.ts";
import type { Figures } from "./figures/mod.ts";
import { type BenchOptions, parseBenchOptions, usage } from "./options.ts";
import { describeMachine, renderFigure, renderHead, type Report } from "./report.ts";

const workers = 2;
const usageCode = 2;

const bunVersion = process.versions["bun"];
const runtime = bunVersion === undefined ? "deno" : "bun";
const runtimeName = `${runtime} ${bunVersion ?? process.versions["deno"]}`;

/** Measures in this process; gives the exit code. */
async function measure(options: BenchOptions, figures: Figures): Promise<number> {
  const machine = describeMachine(runtimeName);
  if (!options.json) process.stdout.write(renderHead(machine));
  const scale = options.quick ? quickScale : fullScale;
  const measured: Figure[] = [];
  for (const id of options.figures) {
    const figure = await figures.get(id)?.({ runtime, workers, scale });
    if (figure === undefined) continue;
    measured.push(figure);
    if (!options.json) process.stdout.write(renderFigure(figure));
  }
  const report: Report = { ...machine, figures: measured };
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  const allHold = measured.every(({ checks }) => checks.every(holds));
  return options.assert && !allHold ? 1 : 0;
}

/** Measures in a process of the given runtime; gives its exit code. */
async function measureIn(name: "bun" | "deno", args: readonly string[]): Promise<number> {
  const flags = name === "bun" ? [] : ["run", "--quiet", "--allow-all"];
  // The last one counts.
  const command = [...flags, process.argv[1] ?? "", ...args, "--runtime", "this"];
  const child = spawn(runtimePath(name), command, { stdio: "inherit" });
  const [code] = await once(child, "exit");
  return Number(code ?? 1);
}

/**
 * Runs a benchmark as its command line asks; gives the exit code.
 *
 * @param script Its name in this folder.
 */
export async function runBench(
  script: string,
  figures: Figures,
  args: readonly string[],
): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseBenchOptions(args, figures);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage(script, figures)}`);
    return usageCode;
  }
  if (options.runtime === "this") return await measure(options, figures);
  const names = options.runtime === "both" ? ["bun", "deno"] as const : [options.runtime];
  let exitCode = 0;
  for (const name of names) exitCode = Math.max(exitCode, await measureIn(name, args));
  return exitCode;
}
