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
  if (cause instanceof Error) error.stack = `JobError: ${cause.stack ?? error.message}`;
  return error;
}

function messageOf({ reason, cause }: JobFailure): string {
  switch (reason) {
    case "threw":
      return cause instanceof Error
        ? `${cause.name}: ${cause.message}`
        : `Thrown: ${String(cause)}`;
    case "crashed":
      return cause instanceof Error
        ? `The job ended what it ran in, ${cause.message}`
        : "The job ended what it ran in";
    case "timeout":
      return "The job ran longer than its timeoutMs and was stopped";
    case "cancelled":
      return "The job was cancelled";
    case "abandoned":
      return "The node that held the job was lost, and the job may not run again";
    default:
      return assertNever(reason);
  }
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
