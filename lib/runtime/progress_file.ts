import { Buffer } from "node:buffer";
import { openSync, readFileSync, writeSync } from "node:fs";
import type { ExitMessage } from "../proto/executor.ts";
import { encodeMessage, MessageReader } from "./channel.ts";

/**
 * A file in which an executor process leaves what its host has to know when it is gone: which task ran and since when,
 * and its last words. A socket would lose what was written last, and the host has no part in the process's memory.
 *
 * `f64 start of the task, ms since the epoch | i32 number of the task, -1 for none | last words as a channel's frame`
 */
const startBytes = 8;
const headerBytes = startBytes + 4;
const none = -1;

/** The process's side. */
export class ProgressFile {
  readonly #file: number;
  readonly #header = Buffer.alloc(headerBytes);

  constructor(path: string) {
    this.#file = openSync(path, "w", 0o600);
    this.idle();
  }

  /** A task begins. */
  begin(seq: number, startedAtMs: number): void {
    this.#header.writeDoubleLE(startedAtMs, 0);
    this.#header.writeInt32LE(seq, startBytes);
    writeSync(this.#file, this.#header, 0, headerBytes, 0);
  }

  /** Nothing runs any more. */
  idle(): void {
    this.begin(none, 0);
  }

  /** The process ends right after this. */
  end(message: ExitMessage): void {
    let position = headerBytes;
    for (const bytes of encodeMessage(message)) {
      writeSync(this.#file, bytes, 0, bytes.byteLength, position);
      position += bytes.byteLength;
    }
  }
}

/** What a process left. */
export type Progress = {
  readonly running: { readonly seq: number; readonly startedAtMs: number } | undefined;
  /** Undefined if it was killed. */
  readonly lastWords: ExitMessage | undefined;
};

/** The host's side, to be called when the process is gone. */
export function readProgress(path: string): Progress {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    bytes = Buffer.alloc(0); // It never came so far.
  }
  if (bytes.byteLength < headerBytes) return { running: undefined, lastWords: undefined };
  const seq = bytes.readInt32LE(startBytes);
  return {
    running: seq === none ? undefined : { seq, startedAtMs: bytes.readDoubleLE(0) },
    lastWords: readLastWords(bytes.subarray(headerBytes)),
  };
}

/** What runs in a process that lives; undefined if nothing does. */
export function readRunning(path: string): Progress["running"] {
  return readProgress(path).running;
}

function readLastWords(bytes: Buffer): ExitMessage | undefined {
  let words: ExitMessage | undefined;
  try {
    new MessageReader((message) => words = message as ExitMessage).push(bytes);
  } catch {
    return undefined; // The disk was full, say: the exit code has to do.
  }
  return words;
}
