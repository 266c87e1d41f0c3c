import { formatByteSize } from "../proto/byte_size.ts";
import type { ExitMessage } from "../proto/executor.ts";
import type { SlotEnd } from "../proto/shared_executor.ts";
import { assertNever } from "../proto/states.ts";
import type { Running } from "../runtime/claims.ts";
import { unpackValue } from "../wire/value.ts";
import type { Crash, TaskEnding, TaskReport } from "./types.ts";

/** The end of a task by its own last words. */
export function crashOf({ code, error }: ExitMessage): Crash {
  if (error === undefined) return { kind: "crashed", how: `by calling exit(${code})` };
  return {
    kind: "crashed",
    how: `with an uncaught ${describe(unpackValue(error))}`,
    packed: error,
  };
}

/** What a Worker's end means for its tasks. */
export function workerEnding(end: SlotEnd, running: Running | undefined): {
  /** The task that ended with it; undefined if none did. */
  readonly seq: number | undefined;
  readonly ending: TaskEnding;
  readonly report: Partial<TaskReport>;
  readonly how: string;
} {
  const runMs = running === undefined ? 0 : runMsSince(running.startedAtMs);
  switch (end.type) {
    case "stopped": {
      // Meanwhile it may have ended by itself and another one begun, which is not the one to stop.
      const seq = running?.seq === end.seq ? end.seq : undefined;
      return { seq, ending: { kind: "stopped" }, report: { runMs }, how: "on request" };
    }
    case "lost": {
      const ending = { kind: "crashed", how: end.how } as const;
      return { seq: running?.seq, ending, report: { runMs }, how: end.how };
    }
    case "exit": {
      const { stdout = "", stderr = "" } = end;
      const ending = crashOf(end);
      return { seq: running?.seq, ending, report: { runMs, stdout, stderr }, how: ending.how };
    }
    default:
      return assertNever(end);
  }
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

/** How a process ended. */
export function howEnded(exitCode: number | null, signal: string | null): string {
  return exitCode === null ? `with signal ${signal}` : `with exit code ${exitCode}`;
}
