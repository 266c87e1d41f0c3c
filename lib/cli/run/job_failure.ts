import { relative } from "node:path";
import type { Job } from "../../client/job.ts";
import { JobError } from "../../proto/errors.ts";
import type { Failure } from "../summary.ts";
import type { NumberedInput } from "./numbered_inputs.ts";

/** Frames shown of one stack. */
const maxFrames = 6;
/** Frames inside the runtime, which are in nobody's files. */
const innerFrame = /(?:^|\()(?:ext:|node:|internal:|native:|unknown:)/;

/**
 * What the summary tells of a job that failed.
 *
 * @param error Why: the job's own error, or what went wrong with its result.
 */
export function failureOf(
  input: NumberedInput,
  job: Pick<Job<unknown>, "node" | "attempt">,
  error: Error,
): Failure {
  const threw = error instanceof JobError && error.reason === "threw";
  // What the function threw is better known by its own name.
  const shown = threw && error.cause instanceof Error ? error.cause : error;
  const { name, message } = shown;
  const { node, attempt } = job;
  const { seq, value } = input;
  return { seq, input: value, error: { name, message, stack: framesOf(shown) }, node, attempt };
}

/** The places of a stack as `name (file:line:column)`, files relative to the working folder where that is shorter. */
function framesOf(error: Error): string[] {
  const frames: string[] = [];
  for (const line of (error.stack ?? "").split("\n")) {
    const frame = /^\s+at (.*)$/.exec(line)?.[1];
    if (frame === undefined || innerFrame.test(frame)) continue;
    frames.push(frame.replace(/(\(|^)(\/[^():]+)(?=:\d)/, (_all, open: string, path: string) => {
      const local = relative(".", path);
      return open + (local.length < path.length ? local : path);
    }));
    if (frames.length === maxFrames) break;
  }
  return frames;
}
