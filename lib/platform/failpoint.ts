import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** Named by tests alone: a folder in which they say where the process is to stand still. */
const folder = process.env["MUSTER_FAILPOINTS"];
const pollMs = 5;

/**
 * A place in which a test can have the process stand still, to kill it or another one in just that moment. Without
 * `MUSTER_FAILPOINTS`, which nobody sets but tests, it does nothing.
 *
 * The file `<place>.armed` in that folder becomes `<place>.hit` when the place is reached; the thread waits until that one
 * is removed.
 *
 * @param of Which of several; part of the place's name.
 */
export function failpoint(place: string, of?: string): void {
  if (folder === undefined) return;
  standStill(join(folder, of === undefined ? place : `${place}-${of}`));
}

function standStill(path: string): void {
  try {
    renameSync(`${path}.armed`, `${path}.hit`);
  } catch {
    return; // It is not armed.
  }
  const nothing = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  while (existsSync(`${path}.hit`)) Atomics.wait(nothing, 0, 0, pollMs);
}
