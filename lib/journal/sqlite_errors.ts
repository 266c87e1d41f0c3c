import { UsageError } from "../proto/errors.ts";
import { JournalError, type JournalTrouble } from "./journal_error.ts";

/** What SQLite says; only some runtimes give its numbers beside. */
const troubles: readonly (readonly [RegExp, JournalTrouble])[] = [
  [/disk is full|ENOSPC|no space left/i, "full"],
  [/malformed|not a database|unsupported file format|no such table|no such column/i, "damaged"],
  [/disk I\/O error|unable to open|readonly database|EIO|EROFS/i, "io"],
];

const advice: Readonly<Record<JournalTrouble, string>> = {
  full: "free some space there",
  io: "look at the disk and at the messages of the system",
  damaged: "nothing of it was removed. Put back a copy, or move the folder away and start without",
  lost: "start again; what was acknowledged is in it",
};

/** What went wrong with the journal at `path`, as an error that says what to do. */
export function explainSqlite(
  error: unknown,
  path: string,
  doing: "open" | "read" | "write",
): Error {
  if (error instanceof JournalError || error instanceof UsageError) return error;
  const said = error instanceof Error ? error.message : String(error);
  if (/database is locked/.test(said)) {
    return new UsageError(
      `Cannot open the journal ${path}: another process uses it; stop that one, or give another folder`,
      { cause: error },
    );
  }
  const trouble = troubles.find(([pattern]) => pattern.test(said))?.[1] ?? "io";
  const then = doing === "open" || trouble === "damaged" ? "" : "; it goes on by itself";
  return new JournalError(
    `Cannot ${doing} the journal ${path}: ${said}: ${advice[trouble]}${then}`,
    trouble,
    { cause: error },
  );
}

/** Bytes of the journal at `path` are not what was written. */
export function damaged(path: string, found: string, cause?: unknown): JournalError {
  return new JournalError(
    `Cannot use the journal ${path}: ${found}: ${advice.damaged}`,
    "damaged",
    { cause },
  );
}
