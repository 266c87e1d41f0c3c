import type { FailureReason } from "./states.ts";
import type { JobId } from "./ids.ts";

/** What a {@link JobError} says of the job that failed. */
export type JobErrorDetails = {
  readonly jobId: JobId;
  readonly reason: FailureReason;
  /** Name of the node (or "local") that ran the last attempt; undefined if none did. */
  readonly node: string | undefined;
  /** Which attempt failed, from 1; 0 if the job never started. */
  readonly attempt: number;
  /** The arguments the job was submitted with. */
  readonly input: readonly unknown[];
};

/**
 * A job ended without a result. `cause` is the error the job's code threw, as an `Error` with its own name and
 * message and with its stack mapped to the user's files; `reason` tells the kinds of failure apart.
 *
 * @example
 * ```ts
 * import { JobError, parallelMap } from "../mod.ts";
 * try {
 *   for await (const _ of parallelMap([0], (n: number) => { if (n === 0) throw new RangeError("zero"); })) { /* none *\/ }
 * } catch (error) {
 *   if (!(error instanceof JobError)) throw error;
 *   console.log(error.reason, error.input, error.message); // threw [ 0 ] RangeError: zero
 * }
 * ```
 */
export class JobError extends Error implements JobErrorDetails {
  override readonly name = "JobError";
  readonly jobId: JobId;
  readonly reason: FailureReason;
  readonly node: string | undefined;
  readonly attempt: number;
  readonly input: readonly unknown[];

  constructor(message: string, details: JobErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.jobId = details.jobId;
    this.reason = details.reason;
    this.node = details.node;
    this.attempt = details.attempt;
    this.input = details.input;
  }
}

/**
 * The user's code cannot be shipped: a syntax error, an import that does not resolve, a variable that is not there.
 * The message begins with `file:line:column` where the place is known.
 */
export class CodeError extends Error {
  override readonly name = "CodeError";
}

/** An option, argument or value was refused before anything ran. Command lines print its message alone and exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
