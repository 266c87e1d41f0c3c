import { type JobEnd, refusedEnd } from "../../dispatch/job_end.ts";
import type { Packed } from "../../proto/executor.ts";
import type { JobResult } from "../../proto/scheduler_messages.ts";
import type { TaskEnding } from "../../slots/types.ts";
import { type AttemptDetail, unpackDetail } from "../../wire/attempt_detail.ts";
import { unpackValue } from "../../wire/value.ts";

/**
 * How a job ended, from what a shared scheduler tells of it.
 *
 * @throws {MalformedTupleError} When what its last attempt gave cannot be read.
 */
export function endOf({ ending, node, attempt, runMs }: JobResult): JobEnd {
  const detail = "detail" in ending ? ending.detail as Packed | undefined : undefined;
  if (detail === undefined) return { ending, node, attempt, runMs };
  const parts = unpackDetail(detail);
  const { value, how, stdout, stderr } = parts;
  const reason = "reason" in ending ? ending.reason : undefined;
  // What a node says when the code cannot be loaded: nothing has ended, and there is an error.
  if (reason === "crashed" && how === undefined) {
    return refusedEnd({
      status: "refused",
      error: value === undefined ? value : unpackValue(value),
    });
  }
  const attempted = { ending: taskEnding(reason, parts), report: { runMs, stdout, stderr } };
  return {
    ending: { ...ending, detail: attempted } as JobEnd["ending"],
    node,
    attempt,
    runMs,
  } as JobEnd;
}

function taskEnding(reason: string | undefined, { value, how = "" }: AttemptDetail): TaskEnding {
  if (reason === undefined) {
    return { kind: "finished", value: undefined, ...(value !== undefined && { packed: value }) };
  }
  if (reason === "threw" && value !== undefined) return { kind: "threw", packed: value };
  if (reason === "crashed") {
    return { kind: "crashed", how, ...(value !== undefined && { packed: value }) };
  }
  return { kind: "stopped" };
}
