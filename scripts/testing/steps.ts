import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { listFiles, root } from "../files.ts";
import { executable, type Run } from "./environment.ts";
import { runCommand } from "./processes.ts";
import { failedCase, type Result } from "./results.ts";

/** A command that passes or fails as a whole. */
export type Step = {
  readonly kind: "check" | "build";
  readonly name: string;
  readonly command: readonly string[];
};

const stepTimeoutMs = 600_000;

/** The steps that build what the tests use; scripts that are not there are passed over. */
export function buildSteps(): Step[] {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const steps: Step[] = [
    { kind: "build", name: "module", command: ["scripts/build_module.ts"] },
    {
      kind: "build",
      name: "binary",
      command: ["scripts/build-binaries.ts", "--only", `${system}-${process.arch}`],
    },
  ];
  return steps
    .filter(({ command: [script] }) => existsSync(`${root}/${script}`))
    .map((step) => ({ ...step, command: [executable("bun"), ...step.command] }));
}

/** Types under both compilers, lint, format, and the rules of this repository. */
export function checkSteps(): Step[] {
  const bun = executable("bun");
  const deno = executable("deno");
  const sources = listFiles(
    ["mod.ts", "cli.ts", "job.ts", "lib", "tests", "scripts", "examples", "bench"],
    (path) => path.endsWith(".ts"),
  );
  const tsc = "node_modules/typescript/bin/tsc";
  const commands: Record<string, string[]> = {
    "types (tsc)": [bun, tsc, "--project", "tsconfig.json"],
    "types (deno)": [deno, "check", "--quiet", "--frozen", "--cached-only", ...sources],
    lint: [deno, "lint", "--quiet"],
    format: [deno, "fmt", "--check"],
    layers: [bun, "scripts/check_layers.ts"],
    docs: [bun, "scripts/check_docs.ts"],
    tests: [bun, "scripts/check_tests.ts"],
  };
  return Object.entries(commands).map(([name, command]) => ({ kind: "check", name, command }));
}

/** Runs a step; it counts as one passed or failed. */
export async function runStep(step: Step, run: Run): Promise<Result> {
  const { kind, name, command } = step;
  const start = performance.now();
  const { code, ended, output } = await runCommand(command, {
    cwd: root,
    env: run.env,
    timeoutMs: stepTimeoutMs,
  });
  const seconds = (performance.now() - start) / 1000;
  const outcome = code === 0 && ended === undefined
    ? { name, outcome: "passed", seconds, failure: "" } as const
    : failedCase(name, ended ?? `exit code ${code}`);
  return { kind, source: name, cases: [outcome], seconds, output };
}
