import { attemptOf, type JobEnd } from "../../dispatch/job_end.ts";
import { packAttempt } from "../../dispatch/pack_attempt.ts";
import type { Packed } from "../../proto/executor.ts";
import type { Outcome } from "../../proto/jobs.ts";
import { limits } from "../../proto/limits.ts";
import { assertNever } from "../../proto/states.ts";
import { packThrown } from "../../runtime/thrown.ts";
import type { TaskEnding, TaskReport } from "../../slots/types.ts";
import { packDetail } from "../../wire/attempt_detail.ts";

const nothingPrinted = { stdout: "", stderr: "" } as const;

/** How an attempt ended, as the scheduler is told; undefined if it never began. */
export function leaseOutcome(end: JobEnd): Outcome | undefined {
  const { status } = end.ending;
  const attempt = attemptOf(end);
  switch (status) {
    case "cancelled":
      return end.attempt === 0 ? undefined : { kind: "stopped" };
    case "finished":
    case "terminated":
      return attempt === undefined ? undefined : outcomeOfAttempt(attempt.ending, attempt.report);
    case "abandoned":
      return crashed(undefined, "with the slot it ran in");
    case "refused":
      return codeFailed(packThrown(end.ending.error));
    default:
      return assertNever(status);
  }
}

/** The outcome of every attempt of code that cannot be loaded; `error` is packed. */
export function codeFailed(error: Packed): Outcome {
  return crashed(error, undefined);
}

function crashed(value: Packed | undefined, how: string | undefined): Outcome {
  return { kind: "crashed", detail: packDetail({ value, how, ...nothingPrinted }) };
}

function outcomeOfAttempt(ending: TaskEnding, report: TaskReport): Outcome {
  const detail = packAttempt(ending, report);
  if (ending.kind === "stopped" || detail === undefined) return { kind: "stopped" };
  const bytes = typeof detail === "string" ? Buffer.byteLength(detail) : detail.length;
  if (bytes <= limits.maxSharedPayloadBytes) return { kind: ending.kind, detail };
  const value = packThrown(new RangeError(tooLong(bytes)));
  return { kind: "threw", detail: packDetail({ value, how: undefined, ...nothingPrinted }) };
}

function tooLong(bytes: number): string {
  return `Cannot carry the result: it takes ${bytes} bytes, and a shared scheduler takes up to ` +
    `${limits.maxSharedPayloadBytes}; write it to a file and return where that is`;
}
