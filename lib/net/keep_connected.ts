import { setTimeout } from "node:timers/promises";
import { limits } from "../proto/limits.ts";
import type { Connection } from "./types.ts";

/** How one address is kept connected. */
export type KeepOptions = {
  readonly dial: (signal: AbortSignal) => Promise<Connection>;
  /** Uses a connection; it is over when the promise resolves. */
  readonly use: (connection: Connection) => Promise<void>;
  /** Told why it cannot be reached; the same reason once only, until a connection has come to be. */
  readonly onFailure: (error: Error) => void;
  /** How long to wait before dialling again, after so many failures in a row; at least 1. */
  readonly waitMs: (failures: number) => number;
  /** Ends it. */
  readonly signal: AbortSignal;
};

/** Dials an address again and again: after the use of each connection, and, with growing waits, after each failure. */
export async function keepConnected(options: KeepOptions): Promise<void> {
  const { dial, use, onFailure, waitMs, signal } = options;
  let failures = 0;
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      const connection = await dial(signal);
      told = undefined;
      // It may have come to be in the moment of the end, which then did not see it.
      if (signal.aborted) return connection.destroy();
      const sinceMs = performance.now();
      await use(connection);
      // One that ends at once is no better than none: whoever cuts it off would be dialled without a pause.
      failures = performance.now() - sinceMs < limits.steadyConnectionMs ? failures + 1 : 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const { message } = error as Error;
      if (message !== told) onFailure(error as Error);
      told = message;
    }
    await setTimeout(waitMs(Math.max(1, failures)), undefined, { signal }).catch(() => {});
  }
}
