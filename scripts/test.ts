// Runs the checks, then every test file under both runtimes: `npm test -- [--runtime bun|deno] [--filter PATH]`.
import { performance } from "node:perf_hooks";
import process from "node:process";
import { listFiles } from "./files.ts";
import { markersOf, type Run, type Runtime } from "./testing/environment.ts";
import { parseOptions, type TestOptions } from "./testing/options.ts";
import { sweepProcesses } from "./testing/processes.ts";
import { showResult, showStart, showSummary } from "./testing/report.ts";
import { count, failedCase, type Result } from "./testing/results.ts";
import { withRun } from "./testing/session.ts";
import { buildSteps, checkSteps, runStep, type Step } from "./testing/steps.ts";
import { runTestFile } from "./testing/test_file.ts";

const fileTimeoutMs = 600_000;
const runtimeTimeoutMs = 3_600_000;

async function runSteps(steps: readonly Step[], run: Run): Promise<Result[]> {
  const results: Result[] = [];
  for (const step of steps) {
    showStart(step.kind, step.name);
    const result = await runStep(step, run);
    showResult(result);
    results.push(result);
  }
  return results;
}

async function runTests(runtime: Runtime, files: readonly string[], run: Run): Promise<Result[]> {
  const deadline = performance.now() + runtimeTimeoutMs;
  const results: Result[] = [];
  for (const file of files) {
    const leftMs = deadline - performance.now();
    showStart(runtime, file);
    const result = leftMs > 0
      ? await runTestFile(runtime, file, run, Math.min(fileTimeoutMs, leftMs))
      : notRun(runtime, file);
    showResult(result);
    results.push(result);
  }
  return results;
}

function notRun(runtime: Runtime, file: string): Result {
  const failure = `not run: all tests together took over ${runtimeTimeoutMs / 1000} s`;
  const cases = [failedCase(`${runtime} test`, failure)];
  return { kind: runtime, source: file, cases, seconds: 0, output: "" };
}

/** What the files need that is built; unit tests need nothing. */
function prepare(files: readonly string[], run: Run): Promise<Result[]> {
  const needed = files.some((file) => !file.startsWith("tests/unit/"));
  return runSteps(needed ? buildSteps() : [], run);
}

async function leftovers(run: Run): Promise<Result[]> {
  const found = await sweepProcesses({ texts: markersOf(run), group: undefined }, 0);
  if (found.length === 0) return [];
  const lines = found.map(({ pid, command }) => `process ${pid}: ${command}`).join("\n");
  const cases = [failedCase("leftover processes", lines)];
  return [{ kind: "check", source: "leftover processes", cases, seconds: 0, output: "" }];
}

async function runAll(options: TestOptions, run: Run): Promise<Result[]> {
  const files = listFiles(
    ["tests"],
    (path) => path.endsWith("_test.ts") && path.includes(options.filter),
  );
  const results = options.checks ? await runSteps(checkSteps(), run) : [];
  results.push(...await prepare(files, run));
  for (const runtime of options.runtimes) results.push(...await runTests(runtime, files, run));
  results.push(...await leftovers(run));
  if (files.length === 0) {
    const cases = [failedCase("test files", `none has a path with "${options.filter}"`)];
    results.push({ kind: "check", source: "test files", cases, seconds: 0, output: "" });
  }
  return results;
}

async function main(): Promise<number> {
  let options: TestOptions;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const results = await withRun((run) => runAll(options, run));
  showSummary(results);
  return count(results, "failed") === 0 ? 0 : 1;
}

process.exitCode = await main();
