import { inspect } from "node:util";
import { formatByteSize } from "../proto/byte_size.ts";
import { JobError } from "../proto/errors.ts";
import { assertNever } from "../proto/states.ts";
import type { JobFailure } from "./endings.ts";
import type { Job } from "./job.ts";

/**
 * The error for the awaiter of a job that has no result.
 *
 * @param mapStack Finds the user's files and lines for the frames of a stack.
 */
export function describeFailure(
  job: Job<unknown>,
  failure: JobFailure,
  mapStack: (stack: string) => string,
): JobError {
  const { node, attempt } = job;
  const { reason, cause } = failure;
  if (cause instanceof Error) mapStacks(cause, mapStack);
  const details = { jobId: job.id, reason, node, attempt, input: job.input };
  const error = new JobError(messageOf(failure), details, { cause });
  // The place that matters is where the job failed, not where its owner was told.
  const frames = cause instanceof Error ? framesOf(cause) : [];
  error.stack = [`JobError: ${error.message}`, ...frames].join("\n");
  return error;
}

function framesOf(error: Error): string[] {
  return (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
}

function messageOf({ reason, cause, how, memoryLimitBytes = 0 }: JobFailure): string {
  switch (reason) {
    case "threw":
      return cause instanceof Error ? describeThrown(cause) : `Thrown: ${describeThrown(cause)}`;
    case "crashed":
      return how === undefined
        ? `The code of the job could not be loaded: ${describeThrown(cause)}`
        : `The job ended what it ran in, ${how}`;
    case "timeout":
      return "The job ran longer than its time limit and was stopped";
    case "memory":
      return `The job used more than its memory limit of ${
        formatByteSize(memoryLimitBytes)
      } and was stopped`;
    case "cancelled":
      return "The job was cancelled";
    case "abandoned":
      return how ?? "The node that held the job was lost, and the job may not run again";
    default:
      return assertNever(reason);
  }
}

/** What was thrown, in one line. */
export function describeThrown(thrown: unknown): string {
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  return typeof thrown === "string" ? thrown : inspect(thrown, { depth: 2, breakLength: Infinity });
}

/** Maps the stack of an error and of those inside it. */
function mapStacks(error: Error, mapStack: (stack: string) => string): void {
  const seen = new Set<Error>();
  const visit = (inner: unknown): void => {
    if (!(inner instanceof Error) || seen.has(inner)) return;
    seen.add(inner);
    inner.stack = mapStack(inner.stack ?? "");
    visit(inner.cause);
    if (inner instanceof AggregateError) { for (const part of inner.errors) visit(part); }
  };
  visit(error);
}
