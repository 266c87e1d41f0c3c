import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { delimiter } from "node:path";
import { tmpdir } from "node:os";
import process from "node:process";
import { root } from "../files.ts";
import { runtimePath } from "../setup.mjs";

/** One run of checks and tests: its own temporary folder, and an environment in which nobody's settings show. */
export type Run = {
  /** Carried in the environment of every process of the run, also of those that get no variable of muster. */
  readonly id: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
};

/** The two runtimes under test. */
export type Runtime = "bun" | "deno";

/** Path of a runtime's executable. */
export function executable(runtime: Runtime): string {
  return realpathSync(runtimePath(runtime));
}

/** Variables of the system itself, without which programs do not start or reach no registry. */
const kept = [
  "USER",
  "LOGNAME",
  "SHELL",
  "SystemRoot",
  "ComSpec",
  "PATHEXT",
  "CI",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
];

/** Makes the folder and environment of a run; {@link closeRun} removes them. */
export function openRun(): Run {
  const folder = mkdtempSync(`${realpathSync(tmpdir())}/muster-test-`);
  const home = `${folder}/home`;
  mkdirSync(home);
  const id = folder.slice(folder.lastIndexOf("-") + 1);
  const system = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    id,
    folder,
    env: {
      ...Object.fromEntries(system),
      PATH: [`${root}/.tools/node_modules/.bin`, process.env["PATH"]].join(delimiter),
      HOME: home,
      USERPROFILE: home,
      TMPDIR: folder,
      TMP: folder,
      TEMP: folder,
      LANG: "C.UTF-8",
      TZ: "UTC",
      NO_COLOR: "1",
      // Kept between runs: it holds nothing but what Deno derives from our own files.
      DENO_DIR: `${root}/.tools/cache/deno`,
      DENO_NO_PROMPT: "1",
      DENO_NO_UPDATE_CHECK: "1",
      DO_NOT_TRACK: "1",
      TESTS_OF_MUSTER_RUN: id,
    },
  };
}

/** Texts by which a process of the run is known. */
export function markersOf(run: Run): string[] {
  return [`TESTS_OF_MUSTER_RUN=${run.id}`, run.folder];
}

/** Removes the folder of a run. */
export function closeRun(run: Run): void {
  rmSync(run.folder, { recursive: true, force: true, maxRetries: 3 });
}
