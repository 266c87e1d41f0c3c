import type { Job } from "../../client/job.ts";
import type { JobOutput } from "../../client/options.ts";
import type { ByteOutput } from "../output/byte_output.ts";
import { messageOf } from "../output/write_fully.ts";
import type { JobSink } from "../run/job_run.ts";
import type { NumberedInput } from "../run/numbered_inputs.ts";
import { LineTagger } from "./line_tagger.ts";
import { LiveBytes } from "./live_bytes.ts";
import type { ProgramFiles } from "./program_files.ts";
import type { ProgramEnd } from "./program_job.ts";

type Stream = JobOutput["stream"];

/** What a sink for programs needs. */
export type ProgramSinkOptions = {
  readonly outputs: Readonly<Record<Stream, ByteOutput>>;
  readonly files: ProgramFiles;
  /** What stands before each line of the output of a call; undefined: nothing. */
  readonly tagOf: (call: object) => string | undefined;
  /** Paths of the files that the job of an input leaves. */
  readonly returnedPaths: (input: NumberedInput) => readonly string[];
  /** The command of an input as one line. */
  readonly describe: (input: NumberedInput) => string;
};

/** Writes what programs print, as they printed it, and brings the files they make. */
export class ProgramSink implements JobSink {
  readonly logColumns = ["Exitval", "Signal", "Command"];
  readonly #options: ProgramSinkOptions;
  readonly #live = new LiveBytes((job, stream, lines) => {
    // Not awaited: what comes is bounded for each job.
    this.#write(stream, this.#taggerOf(job), lines).catch(() => {});
  });

  constructor(options: ProgramSinkOptions) {
    this.#options = options;
  }

  get readerGone(): AbortSignal {
    return this.#options.outputs.stdout.readerGone;
  }

  async flush(): Promise<void> {
    const { stdout, stderr } = this.#options.outputs;
    await Promise.all([stdout.flush(), stderr.flush()]);
  }

  /** Takes what a running program prints. */
  addLive(output: JobOutput): void {
    this.#live.add(output);
  }

  async take(job: Job<unknown>, input: NumberedInput): Promise<Error | undefined> {
    const end = endOf(job);
    const told = this.#live.take(job);
    for (const stream of ["stdout", "stderr"] as const) {
      const tagger = this.#taggerOf(job);
      const { partial, bytes } = told[stream];
      await this.#write(stream, tagger, partial);
      if (end === undefined) continue;
      let skipBytes = bytes;
      try {
        await this.#options.files.readOutput(job, end[stream], async (piece) => {
          await this.#write(stream, tagger, piece.subarray(skipBytes));
          skipBytes = Math.max(0, skipBytes - piece.length);
        });
      } catch (error) {
        return problem(`Cannot fetch what it wrote to ${stream}`, error);
      }
    }
    return job.status === "finished" ? await this.#bringFiles(job, input) : undefined;
  }

  logValues(job: Job<unknown>, input: NumberedInput): readonly string[] {
    const end = endOf(job);
    const command = this.#options.describe(input);
    return [end === undefined ? "-" : String(end.code), end?.signal || "-", command];
  }

  async #bringFiles(job: Job<unknown>, input: NumberedInput): Promise<Error | undefined> {
    for (const path of this.#options.returnedPaths(input)) {
      try {
        await this.#options.files.bring(job, path);
      } catch (error) {
        return problem(`Cannot fetch ${path}`, error);
      }
    }
    return undefined;
  }

  #taggerOf(job: Job<unknown>): LineTagger | undefined {
    const tag = this.#options.tagOf(Object(job.input[0]));
    return tag === undefined ? undefined : new LineTagger(tag);
  }

  async #write(stream: Stream, tagger: LineTagger | undefined, bytes: Uint8Array): Promise<void> {
    await this.#options.outputs[stream].write(tagger?.tag(bytes) ?? bytes);
  }
}

function problem(what: string, error: unknown): Error {
  const failure = new Error(`${what}: ${messageOf(error)}`, { cause: error });
  failure.name = "ProgramError";
  // It was not our code that failed.
  failure.stack = `${failure.name}: ${failure.message}`;
  return failure;
}

/** How the program of a job ended; undefined if it was stopped or never ran. */
function endOf(job: Job<unknown>): ProgramEnd | undefined {
  if (job.status === "finished") return job.result as ProgramEnd;
  const thrown = job.error?.cause;
  return thrown instanceof Error && thrown.name === "ProgramError"
    ? thrown.cause as ProgramEnd
    : undefined;
}
