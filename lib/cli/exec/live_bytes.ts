import type { Job } from "../../client/job.ts";
import type { JobOutput } from "../../client/options.ts";
import { limits } from "../../proto/limits.ts";

type Stream = JobOutput["stream"];

/** What an attempt has told of one stream. */
type Told = {
  /** Bytes that have come. */
  bytes: number;
  /** The beginning of a line. */
  partial: Uint8Array;
};

/** Stands before what an attempt prints; bytes are characters below it. */
const mark = "\u0100";
const newline = 0x0a;

/** Puts lines together from the pieces in which running programs tell of their output, as `program_job.ts` prints it. */
export class LiveBytes {
  readonly #write: (job: Job<unknown>, stream: Stream, lines: Uint8Array) => void;
  readonly #told = new Map<Job<unknown>, Record<Stream, Told>>();

  /** @param write Takes whole lines. */
  constructor(write: (job: Job<unknown>, stream: Stream, lines: Uint8Array) => void) {
    this.#write = write;
  }

  /** Takes a piece. */
  add({ job, stream, text }: JobOutput): void {
    const streams = this.#told.get(job) ?? { stdout: nothingTold(), stderr: nothingTold() };
    this.#told.set(job, streams);
    // A job that runs again begins again: its end will have the output of its last attempt.
    if (text.includes(mark)) streams[stream] = nothingTold();
    const told = streams[stream];
    // What is over the limit is replaced by a notice; the program's end has all of it. The mark counts too.
    const room = limits.maxJobOutputChars - 1 - told.bytes;
    const bytes = Buffer.from(text.slice(text.lastIndexOf(mark) + 1).slice(0, room), "latin1");
    told.bytes += bytes.length;
    const all = Buffer.concat([told.partial, bytes]);
    const end = all.lastIndexOf(newline) + 1;
    told.partial = all.subarray(end);
    if (end > 0) this.#write(job, stream, all.subarray(0, end));
  }

  /** What is known of an ended job's output, which is forgotten here. */
  take(job: Job<unknown>): Readonly<Record<Stream, Readonly<Told>>> {
    const streams = this.#told.get(job) ?? { stdout: nothingTold(), stderr: nothingTold() };
    this.#told.delete(job);
    return streams;
  }
}

function nothingTold(): Told {
  return { bytes: 0, partial: new Uint8Array() };
}
