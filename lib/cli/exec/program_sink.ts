import type { Job } from "../../client/job.ts";
import type { ByteOutput } from "../output/byte_output.ts";
import type { JobSink } from "../run/job_run.ts";
import type { NumberedInput } from "../run/numbered_inputs.ts";
import type { ProgramEnd } from "./program_job.ts";
import { tagLines } from "./tag_lines.ts";

/** What a sink for programs needs. */
export type ProgramSinkOptions = {
  readonly stdout: ByteOutput;
  readonly stderr: ByteOutput;
  /** What stands before each line of a program's output; undefined: nothing. */
  readonly tagOf: ((input: NumberedInput) => string) | undefined;
  /** The command of an input as one line. */
  readonly describe: (input: NumberedInput) => string;
};

/** Writes what programs print, as they printed it: the output of each in one piece. */
export class ProgramSink implements JobSink {
  readonly logColumns = ["Exitval", "Signal", "Command"];
  readonly #options: ProgramSinkOptions;

  constructor(options: ProgramSinkOptions) {
    this.#options = options;
  }

  get readerGone(): AbortSignal {
    return this.#options.stdout.readerGone;
  }

  async flush(): Promise<void> {
    const { stdout, stderr } = this.#options;
    await Promise.all([stdout.flush(), stderr.flush()]);
  }

  async take(job: Job<unknown>, input: NumberedInput): Promise<undefined> {
    const end = endOf(job);
    if (end === undefined) return undefined;
    const { stdout, stderr, tagOf } = this.#options;
    const tag = tagOf?.(input);
    await stdout.write(tag === undefined ? end.stdout : tagLines(end.stdout, tag));
    await stderr.write(tag === undefined ? end.stderr : tagLines(end.stderr, tag));
    return undefined;
  }

  logValues(job: Job<unknown>, input: NumberedInput): readonly string[] {
    const end = endOf(job);
    const command = this.#options.describe(input);
    return [end === undefined ? "-" : String(end.code), end?.signal || "-", command];
  }
}

/** How the program of a job ended; undefined if it was stopped or never ran. */
function endOf(job: Job<unknown>): ProgramEnd | undefined {
  if (job.status === "finished") return job.result as ProgramEnd;
  const thrown = job.error?.cause;
  return thrown instanceof Error && thrown.name === "ProgramError"
    ? thrown.cause as ProgramEnd
    : undefined;
}
