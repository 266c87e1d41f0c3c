import { existsSync, statSync } from "node:fs";
import process from "node:process";
import { listFiles, root } from "../../scripts/files.ts";
import { runtimePath } from "../../scripts/setup.mjs";

/** A way to start a program of ours. */
export type Runner = {
  readonly name: "bun" | "deno" | "binary";
  /** The words before those of `muster` itself. */
  readonly command: readonly string[];
  /** Whether it ends a Worker that is busy. */
  readonly stopsBusyWorkers: boolean;
};

/** The runtime that the tests run in. */
export const runtime: "bun" | "deno" = "Deno" in globalThis ? "deno" : "bun";

const denoRun = [process.execPath, "run", "-A", "--no-prompt", "--config", `${root}/deno.json`];

/** Runs a script of this runtime, with all permissions where it has any. */
export const scriptCommand: readonly string[] = runtime === "deno"
  ? denoRun
  : [process.execPath, "run"];

/** What `muster` is started with: this runtime, and the executable where one is built of the sources as they are. */
export function musterRunners(): Runner[] {
  const source: Runner = {
    name: runtime,
    command: [...scriptCommand, `${root}/cli.ts`],
    stopsBusyWorkers: runtime === "bun",
  };
  // One pass is enough: the executable is the same, whatever runs the tests.
  if (runtime === "deno") return [source];
  const path = binaryPath();
  if (!existsSync(path) || isOutdated(path)) return [source];
  return [source, { name: "binary", command: [path], stopsBusyWorkers: true }];
}

/** Every way there is on this machine, whatever runtime the tests run in. */
export function allRunners(): Runner[] {
  const cli = `${root}/cli.ts`;
  const deno = [
    runtimePath("deno"),
    "run",
    "-A",
    "--no-prompt",
    "--config",
    `${root}/deno.json`,
    cli,
  ];
  const runners: Runner[] = [
    { name: "bun", command: [runtimePath("bun"), "run", cli], stopsBusyWorkers: true },
    { name: "deno", command: deno, stopsBusyWorkers: false },
  ];
  const path = binaryPath();
  if (!existsSync(path) || isOutdated(path)) return runners;
  return [...runners, { name: "binary", command: [path], stopsBusyWorkers: true }];
}

function binaryPath(): string {
  const isWindows = process.platform === "win32";
  const system = isWindows ? "windows" : process.platform;
  return `${root}/build/muster-${system}-${process.arch}${isWindows ? ".exe" : ""}`;
}

function isOutdated(path: string): boolean {
  const builtAt = statSync(path).mtimeMs;
  const sources = listFiles(["lib", "cli.ts"], (file) => file.endsWith(".ts"));
  return sources.some((file) => statSync(`${root}/${file}`).mtimeMs > builtAt);
}
