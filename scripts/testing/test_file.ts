import { existsSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { root } from "../files.ts";
import { executable, markersOf, type Run, type Runtime } from "./environment.ts";
import { readBunReport, readDenoReport, type TestCase } from "./junit.ts";
import { type CommandResult, runCommand, sweepProcesses } from "./processes.ts";
import { failedCase, type Result } from "./results.ts";

/** Time for one test under Bun; Deno has no such setting, there only the file's time counts. */
const testTimeoutMs = 120_000;
/** How long processes of a test may take to end after it. */
const leftoverGraceMs = 2000;

/**
 * Runs one test file in a process of its own, so that a crash, a hang or a process left behind has a name.
 *
 * @param timeoutMs Time for the whole file.
 */
export async function runTestFile(
  runtime: Runtime,
  file: string,
  run: Run,
  timeoutMs: number,
): Promise<Result> {
  const report = `${run.folder}/${runtime}-${file.replaceAll("/", "-")}.xml`;
  const start = performance.now();
  const command = [executable(runtime), ...testArguments(runtime, file, report)];
  const result = await runCommand(command, { cwd: root, env: run.env, timeoutMs });
  const cases = [...readCases(runtime, report, result)];
  const leftovers = await sweepProcesses(
    { texts: markersOf(run), group: result.pid },
    leftoverGraceMs,
  );
  if (leftovers.length > 0) {
    const lines = leftovers.map(({ pid, command }) => `process ${pid}: ${command}`);
    cases.push(failedCase("leftover processes", lines.join("\n")));
  }
  const seconds = (performance.now() - start) / 1000;
  return { kind: runtime, source: file, cases, seconds, output: result.output };
}

function testArguments(runtime: Runtime, file: string, report: string): string[] {
  if (runtime === "deno") {
    return [
      "test",
      "-A",
      "--no-check",
      "--cached-only",
      "--frozen",
      `--junit-path=${report}`,
      file,
    ];
  }
  const reporter = ["--reporter=junit", `--reporter-outfile=${report}`];
  return ["test", "--no-env-file", `--timeout=${testTimeoutMs}`, ...reporter, `./${file}`];
}

function readCases(runtime: Runtime, report: string, result: CommandResult): TestCase[] {
  const cases = existsSync(report) ? readReport(runtime, readFileSync(report, "utf8")) : [];
  if (result.ended !== undefined) {
    return [...cases, failedCase(`${runtime} test`, result.ended)];
  }
  // An error outside any test is in the output alone, and only the exit code tells.
  if (result.code !== 0 && !cases.some((one) => one.outcome === "failed")) {
    return [...cases, failedCase(`${runtime} test`, `exit code ${result.code}`)];
  }
  return cases.length > 0 ? cases : [failedCase(`${runtime} test`, "reported no tests")];
}

function readReport(runtime: Runtime, xml: string): TestCase[] {
  try {
    return runtime === "bun" ? readBunReport(xml) : readDenoReport(xml);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [failedCase(`${runtime} test`, error.message)];
  }
}
