#!/usr/bin/env node
/**
 * The command of the npm package, beside `cli.js`: runs that in whichever runtime there is. npm starts commands with
 * Node, on which muster does not run: there it looks for Bun or Deno and hands over to it.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

const cliUrl = new URL("./cli.js", import.meta.url);
const runtimes: readonly (readonly string[])[] = [
  ["bun", "run", "--no-install"],
  ["deno", "run", "--allow-all", "--quiet", "--no-lock"],
];
/** As shells have it. */
const notFoundCode = 127;
const signalCode = 128;

/** Gives the exit code; undefined if there is no such program. */
function runWith([program = "", ...flags]: readonly string[]): Promise<number | undefined> {
  const words = [...flags, fileURLToPath(cliUrl), ...process.argv.slice(2)];
  const child = spawn(program, words, { stdio: "inherit" });
  // Ctrl-C reaches the child as well, which cleans up and then ends.
  const onInterrupt = (): void => {};
  const onTerminate = (signal: "SIGTERM" | "SIGHUP"): boolean => child.kill(signal);
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate).on("SIGHUP", onTerminate);
  return new Promise((resolve, reject) => {
    child.on(
      "error",
      (error: Error & { readonly code?: string }) =>
        error.code === "ENOENT" ? resolve(undefined) : reject(error),
    );
    child.on(
      "exit",
      (code, signal) =>
        resolve(signal === null ? code ?? 1 : signalCode + constants.signals[signal]),
    );
  });
}

async function handOver(): Promise<number> {
  for (const runtime of runtimes) {
    const code = await runWith(runtime);
    if (code !== undefined) return code;
  }
  process.stderr.write("muster: Cannot start: neither bun nor deno is in the PATH\n");
  return notFoundCode;
}

if ("Bun" in globalThis || "Deno" in globalThis) await import(cliUrl.href);
else process.exitCode = await handOver();
