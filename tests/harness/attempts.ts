import { closeSync, openSync, readSync } from "node:fs";

/** What attempts have noted of themselves in a file. */
export type Attempts = {
  readonly executions: number;
  /** Jobs of which an attempt has come to its end, by their number. */
  readonly ended: ReadonlySet<number>;
};

const partBytes = 1024 * 1024;

/** Reads the file that jobs of `tests/fixtures/jobs/ledger_jobs.ts` have added lines to. */
export function readAttempts(path: string): Attempts {
  const file = openSync(path, "a+");
  const ended = new Set<number>();
  const part = Buffer.alloc(partBytes);
  let started = 0;
  let ends = 0;
  let rest = "";
  for (let at = 0, read = 0; (read = readSync(file, part, 0, partBytes, at)) > 0; at += read) {
    const lines = (rest + part.toString("latin1", 0, read)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("s")) started += 1;
      else {
        ends += 1;
        ended.add(Number(line.slice(1)));
      }
    }
  }
  closeSync(file);
  // Jobs that take no time have no line for their beginning.
  return { executions: Math.max(started, ends), ended };
}
