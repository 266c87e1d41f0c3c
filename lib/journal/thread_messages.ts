/** What a journal and the thread that writes its file say to each other: an answer for each request, in order. */
import { UsageError } from "../proto/errors.ts";
import { JournalError, type JournalTrouble } from "./journal_error.ts";
import type { Extent, StoredBatch, StoredPart, StoreOptions } from "./store.ts";

export type Request =
  | { readonly type: "open"; readonly options: StoreOptions }
  | { readonly type: "read"; readonly fromSeq: number }
  | { readonly type: "commit"; readonly batch: StoredBatch }
  | { readonly type: "startAt"; readonly firstSeq: number; readonly snapshotEnd: number }
  | { readonly type: "trim" }
  | { readonly type: "close" };

/** What each request is answered with. */
export type Answers = {
  readonly open: Extent;
  readonly read: StoredPart;
  readonly commit: number;
  readonly startAt: void;
  readonly trim: boolean;
  readonly close: void;
};

export type Reply =
  | { readonly type: "done"; readonly value: Answers[keyof Answers] }
  | { readonly type: "failed"; readonly error: SentError };

/** An error on its way between threads: a class does not survive it. */
export type SentError = {
  readonly message: string;
  /** Undefined if its user is to blame. */
  readonly trouble: JournalTrouble | undefined;
};

export function sendError(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return { message, trouble: undefined };
  return { message, trouble: error instanceof JournalError ? error.trouble : "lost" };
}

export function receiveError({ message, trouble }: SentError): Error {
  return trouble === undefined ? new UsageError(message) : new JournalError(message, trouble);
}
