// Runs the checks alone: types, lint, format, layers, docs, tests' own rules.
import process from "node:process";
import { showResult, showStart, showSummary } from "./testing/report.ts";
import { count, type Result } from "./testing/results.ts";
import { withRun } from "./testing/session.ts";
import { checkSteps, runStep } from "./testing/steps.ts";

const results = await withRun(async (run) => {
  const done: Result[] = [];
  for (const step of checkSteps()) {
    showStart(step.kind, step.name);
    const result = await runStep(step, run);
    showResult(result);
    done.push(result);
  }
  return done;
});
showSummary(results);
process.exitCode = count(results, "failed") === 0 ? 0 : 1;
