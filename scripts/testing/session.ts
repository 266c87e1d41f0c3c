import process from "node:process";
import { closeRun, markersOf, openRun, type Run } from "./environment.ts";
import { killRunning, sweepProcesses } from "./processes.ts";

/** Code that a shell gives a program ended by Ctrl-C. */
const interruptedCode = 130;

/** Gives `body` a fresh run and cleans up after it, also when Ctrl-C or SIGTERM ends it early. */
export async function withRun<T>(body: (run: Run) => Promise<T>): Promise<T> {
  const run = openRun();
  const stop = async (): Promise<void> => {
    killRunning();
    await sweepProcesses({ texts: markersOf(run), group: undefined }, 0);
    closeRun(run);
    process.exit(interruptedCode);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await body(run);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    closeRun(run);
  }
}
