import type { JobError } from "../../proto/errors.ts";
import type { JobId } from "../../proto/ids.ts";
import type { JobStatus } from "../../proto/states.ts";
import { unpackValue } from "../../wire/value.ts";
import { nodeName } from "../endings.ts";
import { Job, settleJob } from "../job.ts";
import { describeFailure } from "../job_failure.ts";
import { endOf } from "../shared/shared_ending.ts";
import type { RecordedJob } from "./recorded_jobs.ts";

/** A job of a program that was killed. */
export type RecoveredJob = {
  readonly id: JobId;
  /** Its position among the jobs of its cluster, from 0, in the order in which they were submitted. */
  readonly number: number;
  /** The arguments it was submitted with. */
  readonly input: readonly unknown[];
  /**
   * One of the final states; `queued`: it has not begun, and will not by itself; `running`: a node has it, or had it
   * when it was last reached.
   */
  readonly status: Exclude<JobStatus, "created"> | "queued";
  /** The result; undefined unless `finished`. */
  readonly result: unknown;
  /** Why there is no result; undefined unless it ended without one. */
  readonly error: JobError | undefined;
  /** What it printed to standard output. */
  readonly stdout: string;
  /** What it printed to standard error. */
  readonly stderr: string;
  /** Name of the node that ran it at last, or "local"; undefined if none did. */
  readonly node: string | undefined;
  /** Which attempt was the last, from 1; 0 if there was none. */
  readonly attempt: number;
  /** Whether the program that was killed, or an earlier recovery, was given what became of it. */
  readonly delivered: boolean;
};

const owner = {
  cancel: () => {},
  describeFailure: (job: Job<unknown>, failure: Parameters<typeof describeFailure>[1]) =>
    describeFailure(job, failure, (stack) => stack),
};

/**
 * A job as it is told of.
 *
 * @throws {MalformedTupleError} When what is recorded of its end cannot be read.
 */
export function describeJob(recorded: RecordedJob): RecoveredJob {
  const { id, number, delivered, place, result } = recorded;
  const input = unpackValue(recorded.args) as readonly unknown[];
  const known = { id, number, input, delivered };
  if (result === undefined) {
    const open = { result: undefined, error: undefined, stdout: "", stderr: "" };
    if (place === undefined) {
      return { ...known, ...open, status: "queued", node: undefined, attempt: 0 };
    }
    const { node, attempt } = place;
    return { ...known, ...open, status: "running", node: nodeName(node), attempt };
  }
  const job = new Job<unknown>(id, input, owner);
  settleJob(job, endOf(result));
  const { stdout, stderr, node, attempt, error } = job;
  const status = job.status as Exclude<JobStatus, "created">;
  return { ...known, status, result: job.result, error, stdout, stderr, node, attempt };
}
