import { formatByteSize } from "../proto/byte_size.ts";
import type { ExitMessage } from "../proto/executor.ts";
import { unpackValue } from "../wire/value.ts";
import type { Crash } from "./types.ts";

/** The end of a task by its own last words. */
export function crashOf({ code, error }: ExitMessage): Crash {
  if (error === undefined) return { kind: "crashed", how: `by calling exit(${code})` };
  return {
    kind: "crashed",
    how: `with an uncaught ${describe(unpackValue(error))}`,
    packed: error,
  };
}

/** The end of a task that used too much memory. */
export function excessOf(memoryLimitBytes: number): Crash {
  const how = `by using more than its memory limit of ${formatByteSize(memoryLimitBytes)}`;
  return { kind: "crashed", how, memoryLimitBytes };
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `error: ${String(thrown)}`;
}

/** How long a task ran that began at `startedAtMs` (milliseconds since the epoch) and ended now. */
export function runMsSince(startedAtMs: number): number {
  return Math.max(0, performance.timeOrigin + performance.now() - startedAtMs);
}
