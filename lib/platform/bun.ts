import { devNull } from "node:os";
import process from "node:process";
import type { Platform } from "./types.ts";

/** What is used of Bun; its own types would bring its globals into every file. */
declare const Bun: { readonly main: string };

/** Where executables compiled by Bun find the files inside them. */
const insideExecutable = /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/;

/**
 * What Bun's allocator is told, which reads it when a process starts. By default it hands freed memory back to the system
 * within a tenth of a second and has it given anew in the next, which takes more time than short jobs themselves. So what
 * is free stays for ten seconds.
 */
const keepsMemory = { MIMALLOC_PURGE_DELAY: "10000", MIMALLOC_PURGE_HOLES: "0" } as const;

/** Bun, and executables compiled by it. */
export function bunPlatform(version: string): Platform {
  return {
    name: "bun",
    version,
    stopsBusyWorkers: true,
    runModule: (entry) => ({
      program: process.execPath,
      args: ["run", ...likeThisProcess(), entry],
      // Makes a compiled executable behave as the runtime inside it; the runtime itself ignores it.
      env: { BUN_BE_BUN: "1", ...missing(keepsMemory) },
    }),
    prepareForService,
    whyNoProcesses: () => undefined,
  };
}

/** Those variables that whoever started this process has not set. */
function missing(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => process.env[name] === undefined),
  );
}

function prepareForService(): void {
  const added = missing(keepsMemory);
  if (Object.keys(added).length === 0 || process.platform === "win32") return;
  const { execPath, execArgv, argv } = process;
  // An executable takes its words only; the runtime needs the script before them.
  const words = insideExecutable.test(Bun.main) ? argv.slice(2) : [...execArgv, ...argv.slice(1)];
  try {
    process.execve?.(execPath, [execPath, ...words], { ...process.env, ...added });
  } catch {
    // Where a process may not be replaced, it is slower.
  }
}

/** Flags with which another process takes no more from the working directory than this one did. */
function likeThisProcess(): string[] {
  // What this process read of .env files is in the environment it hands on.
  const flags = ["--no-env-file"];
  if (insideExecutable.test(Bun.main)) flags.push(`--config=${devNull}`, "--no-install");
  return flags;
}
