import process from "node:process";
import type { Platform } from "./types.ts";

/** Bun, and executables compiled by it. */
export function bunPlatform(version: string): Platform {
  return {
    name: "bun",
    version,
    stopsBusyWorkers: true,
    runModule: (entry) => ({
      program: process.execPath,
      args: ["run", entry],
      // Makes a compiled executable behave as the runtime inside it; the runtime itself ignores it.
      env: { BUN_BE_BUN: "1" },
    }),
    whyNoProcesses: () => undefined,
  };
}
