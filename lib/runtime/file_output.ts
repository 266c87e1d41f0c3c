import { Buffer } from "node:buffer";
import { fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { Printed } from "../proto/executor.ts";
import type { PrintSink } from "./capture.ts";
import { cutOutput, type JobOutput } from "./job_output.ts";
import { createOutputDecoder, maxOutputBytes, type OutputPaths } from "./output_files.ts";
import type { OutputLock } from "./output_lock.ts";

// Before the job's code is there, which may replace what it likes.
const now = performance.now.bind(performance);

/** Writes that are timed to know how long one takes at least. */
const probes = 200;
/** Of the time that a write takes from our code, at least this part is the system's, and would be taken from any code. */
const systemShare = 1 / 4;
/** After so short a pause, what was written in it counts as the next job's: looking costs more than it tells. */
const shortPauseMs = 2;

/**
 * The executor's side of the output files.
 *
 * Looking into them after each job would take longer than a job that does nothing. So a job is passed over that was
 * quicker than any write can be; what `console` is given is known without looking.
 */
export class FileOutput implements JobOutput {
  readonly #onStray: (text: string) => void;
  readonly #stdout: StreamFile;
  readonly #stderr: StreamFile;
  /** No job that was quicker has written anything. */
  #quickestWriteMs: number;
  #runs = false;
  #hasPrinted = false;
  #endedAtMs = -Infinity;

  /**
   * @param write Writes a few bytes to some file, and may do so often.
   * @param onStray Takes what is printed while no job runs.
   */
  constructor(
    paths: OutputPaths,
    lock: OutputLock,
    write: () => void,
    onStray: (text: string) => void,
  ) {
    this.#stdout = new StreamFile(paths.stdout, lock);
    this.#stderr = new StreamFile(paths.stderr, lock);
    this.#onStray = onStray;
    this.#quickestWriteMs = quickestMs(write) * systemShare;
  }

  /** For what is printed. It goes to the file, so that it keeps its place among what else is written there. */
  readonly sink: PrintSink = (stream, chunk) => {
    if (!this.#runs) {
      this.#onStray(typeof chunk === "string" ? chunk : createOutputDecoder().decode(chunk));
      return;
    }
    this.#hasPrinted = true;
    (stream === "stdout" ? this.#stdout : this.#stderr).write(chunk);
  };

  begin(): void {
    this.#runs = true;
    if (now() - this.#endedAtMs > shortPauseMs) this.tellStray();
  }

  take(ranMs: number): Printed | undefined {
    if (ranMs < this.#quickestWriteMs && !this.#hasPrinted) return undefined;
    this.#hasPrinted = false;
    const lookMs = now();
    const stdout = this.#stdout.take();
    const stderr = this.#stderr.take();
    if (stdout !== "" || stderr !== "") return { stdout, stderr };
    // Two system calls. At the start, when the writes were timed, the machine may have been slower than it is.
    const callMs = (now() - lookMs) / 2;
    this.#quickestWriteMs = Math.min(this.#quickestWriteMs, callMs * systemShare);
    return undefined;
  }

  end(): void {
    this.#runs = false;
    this.#endedAtMs = now();
  }

  /** Tells what was written while no job ran. */
  tellStray(): void {
    const stray = this.#stdout.take() + this.#stderr.take();
    if (stray !== "") this.#onStray(stray);
  }
}

function quickestMs(action: () => void): number {
  let quickest = Infinity;
  for (let probe = 0; probe < probes; probe += 1) {
    const startMs = now();
    action();
    quickest = Math.min(quickest, now() - startMs);
  }
  return quickest;
}

/** Most of what jobs print is shorter. */
const firstReadBytes = 16 * 1024;

/** The file of one stream; empty at the beginning of each job. */
class StreamFile {
  readonly #file: number;
  readonly #lock: OutputLock;
  readonly #first = Buffer.allocUnsafe(firstReadBytes);
  /** Bytes that `console` may still write there. */
  #room = maxOutputBytes;
  #failure: unknown;

  constructor(path: string, lock: OutputLock) {
    this.#file = openSync(path, "a+", 0o600);
    this.#lock = lock;
  }

  write(chunk: string | Uint8Array): void {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    const kept = bytes.subarray(0, this.#room);
    if (kept.byteLength === 0) return;
    this.#room -= kept.byteLength;
    try {
      writeSync(this.#file, kept);
    } catch (error) {
      // A full disk must not become an error of `console.log`.
      this.#failure ??= error;
    }
  }

  /** Reads what is there and empties it. */
  take(): string {
    const bytes = this.#read();
    if (bytes.byteLength > 0) this.#lock.during(() => ftruncateSync(this.#file, 0));
    this.#room = maxOutputBytes;
    const text = cutOutput(createOutputDecoder().decode(bytes));
    if (this.#failure === undefined) return text;
    const mark = `\n[output cut: ${this.#failure}]\n`;
    this.#failure = undefined;
    return text + mark;
  }

  #read(): Buffer {
    const count = readSync(this.#file, this.#first, 0, firstReadBytes, 0);
    if (count < firstReadBytes) return this.#first.subarray(0, count);
    const bytes = Buffer.alloc(Math.min(fstatSync(this.#file).size, maxOutputBytes));
    return bytes.subarray(0, readSync(this.#file, bytes, 0, bytes.byteLength, 0));
  }
}
