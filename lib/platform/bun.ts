import { devNull } from "node:os";
import process from "node:process";
import type { Platform } from "./types.ts";

/** What is used of Bun; its own types would bring its globals into every file. */
declare const Bun: { readonly main: string };

/** Where executables compiled by Bun find the files inside them. */
const insideExecutable = /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/;

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
      env: { BUN_BE_BUN: "1" },
    }),
    whyNoProcesses: () => undefined,
  };
}

/** Flags with which another process takes no more from the working directory than this one did. */
function likeThisProcess(): string[] {
  // What this process read of .env files is in the environment it hands on.
  const flags = ["--no-env-file"];
  if (insideExecutable.test(Bun.main)) flags.push(`--config=${devNull}`, "--no-install");
  return flags;
}
