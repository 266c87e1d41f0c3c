import process from "node:process";
import { exitCodes } from "./exit_codes.ts";

/** A watch over Ctrl-C and SIGTERM. */
export type Interrupt = Disposable & {
  /** The signal that came; undefined while none did. */
  readonly signal: "SIGINT" | "SIGTERM" | undefined;
};

/** What a program says that was ended by a signal. */
export function exitCodeOf(signal: "SIGINT" | "SIGTERM"): number {
  return signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
}

/**
 * Watches for Ctrl-C and SIGTERM: the first asks for a clean end, the second ends the process at once.
 *
 * @param stop Called at the first signal.
 */
export function onInterrupt(stop: (signal: "SIGINT" | "SIGTERM") => void): Interrupt {
  let seen: Interrupt["signal"];
  const handle = (signal: "SIGINT" | "SIGTERM"): void => {
    if (seen !== undefined) process.exit(exitCodeOf(signal));
    seen = signal;
    stop(signal);
  };
  const onInt = (): void => handle("SIGINT");
  const onTerm = (): void => handle("SIGTERM");
  process.on("SIGINT", onInt);
  process.on("SIGTERM", onTerm);
  return {
    get signal() {
      return seen;
    },
    [Symbol.dispose]() {
      process.off("SIGINT", onInt);
      process.off("SIGTERM", onTerm);
    },
  };
}
