import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import type { OutputStream, Printed } from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";
import { cutOutput } from "./job_output.ts";

/**
 * The files that stdout and stderr of an executor process go to: whatever writes there, native code and child
 * processes as well, is caught. While a job runs they hold what it has written; at its end they are emptied.
 */
export type OutputPaths = Readonly<Record<OutputStream, string>>;

/** Of so many bytes of UTF-8, valid or not, more characters come than are kept: the rest need not be there. */
export const maxOutputBytes = 3 * limits.maxJobOutputChars + 4;

const readBytes = 64 * 1024;

/** The files beside the progress file of a process. */
export function outputPaths(progressPath: string): OutputPaths {
  return { stdout: `${progressPath}.out`, stderr: `${progressPath}.err` };
}

/** What a process that is gone has left there. */
export function readOutput(paths: OutputPaths): Printed {
  return { stdout: readText(paths.stdout), stderr: readText(paths.stderr) };
}

/** Texts are put together from bytes in one way wherever they are read: a byte order mark is a character as others. */
export function createOutputDecoder(): TextDecoder {
  return new TextDecoder("utf-8", { ignoreBOM: true });
}

function readText(path: string): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return ""; // It never came so far, or its folder is gone.
  }
  try {
    return cutOutput(createOutputDecoder().decode(readStart(file)));
  } finally {
    closeSync(file);
  }
}

/** What is kept of a file; it may be longer where nobody was left to keep it short. */
function readStart(file: number): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < maxOutputBytes;) {
    const chunk = Buffer.allocUnsafe(Math.min(readBytes, maxOutputBytes - at));
    const count = readSync(file, chunk, 0, chunk.byteLength, at);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    at += count;
  }
  return Buffer.concat(chunks);
}
