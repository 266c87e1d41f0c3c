import process from "node:process";
import { interceptExit } from "../platform/exit.ts";
import type { ExitMessage, Packed } from "../proto/executor.ts";
import { packThrown } from "./thrown.ts";

/**
 * Has `tell` called right before this thread ends, by a call of `exit` or by an error that nobody caught.
 *
 * @param tell Must be done when it returns.
 */
export function onLastWords(tell: (message: ExitMessage) => void): void {
  let error: Packed | undefined;
  interceptExit((code) => {
    tell({ type: "exit", code, ...(error !== undefined && { error }) });
  });
  const end = (thrown: unknown): void => {
    error ??= packThrown(thrown);
    process.exit(1);
  };
  // As it would without these listeners, the thread ends: what the job's code left undone is not known.
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}
