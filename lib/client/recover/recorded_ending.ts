import { attemptOf, type JobEnd } from "../../dispatch/job_end.ts";
import { packAttempt } from "../../dispatch/pack_attempt.ts";
import type { Ending } from "../../proto/jobs.ts";
import { assertNever } from "../../proto/states.ts";
import { packThrown } from "../../runtime/thrown.ts";
import { packDetail } from "../../wire/attempt_detail.ts";

/** How a job ended, with what its last attempt gave packed, as it goes into a file. */
export function recordedEnding(end: JobEnd): Ending {
  const { ending } = end;
  const attempt = attemptOf(end);
  const detail = attempt === undefined ? undefined : packAttempt(attempt.ending, attempt.report);
  switch (ending.status) {
    case "finished":
      return { status: "finished", detail };
    case "terminated": {
      const memory = attempt?.ending.kind === "crashed" && attempt.ending.memoryLimitBytes;
      return { status: "terminated", reason: memory ? "memory" : ending.reason, detail };
    }
    case "cancelled":
    case "abandoned":
      return { status: ending.status };
    case "refused": {
      const value = packThrown(ending.error);
      const refusal = packDetail({ value, how: undefined, stdout: "", stderr: "" });
      return { status: "terminated", reason: "crashed", detail: refusal };
    }
    default:
      return assertNever(ending);
  }
}
