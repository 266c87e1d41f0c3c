import type { JournalError } from "./journal_error.ts";

/** When a record counts as durable. */
export type Durability =
  /** On the disk: it survives the loss of power. */
  | "full"
  /** With the kernel: it survives the end of any process, but the last ones may be lost with the power. */
  | "normal"
  /** In this process alone. */
  | "memory";

/** How a journal is. */
export type JournalState =
  | { readonly kind: "working" }
  /** Nothing becomes durable for now; it tries again by itself and forgets nothing it was given. */
  | { readonly kind: "stalled"; readonly error: JournalError }
  /** Nothing becomes durable any more. */
  | { readonly kind: "failed"; readonly error: JournalError };

/** A history of records, in the order in which they were appended. What is in a record is its owner's business. */
export interface Journal {
  /**
   * The history as it was found at the opening, oldest first, in batches of records. A record is a view of its batch.
   * Ask once, before the first {@link append}.
   *
   * @throws {JournalError} If it is damaged. Nothing after the damage is given.
   */
  replay(): AsyncIterable<readonly Uint8Array[]>;
  /**
   * Adds records at the end. They become durable together, after all that was appended before; do not change their bytes.
   *
   * @param onDurable Called once they are, in the order of the calls, and not during this call. It may not throw.
   * @throws {RangeError} For more than `limits.maxJournalAppendBytes`.
   */
  append(records: readonly Uint8Array[], onDurable?: () => void): void;
  /**
   * Puts what still counts in the place of the history so far; appending goes on meanwhile. A crash at any moment leaves
   * either. An array is taken whole, as what counts at this moment. Of anything else a slice is taken now and then, and has
   * its place in the history among what is appended meanwhile: each record must hold at the moment it is taken, and must
   * stand in replay for all that was said of its subject before; what replay says of subjects not yet known is old.
   *
   * @returns Resolves when the history before is gone.
   * @throws {Error} If it is at it already.
   */
  compact(live: Iterable<Uint8Array>): Promise<void>;
  /** Whether most of the history is probably past: a good time to {@link compact}. */
  readonly wantsCompaction: boolean;
  /** Bytes that were appended and are not durable yet. */
  readonly queuedBytes: number;
  readonly state: JournalState;
  /**
   * Makes all durable and closes the file.
   *
   * @throws {JournalError} If that is not possible now. It is closed all the same.
   */
  close(): Promise<void>;
}
