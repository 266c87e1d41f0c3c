import { Restoration } from "../core/scheduler/restore.ts";
import type { SchedulerOptions, SchedulerState } from "../core/scheduler/state.ts";
import { JournalError } from "../journal/journal_error.ts";
import type { Journal } from "../journal/types.ts";
import { decodeRecords } from "../wire/journal_codec.ts";
import { MalformedTupleError } from "../wire/tuple.ts";
import { Payloads } from "./payloads.ts";

/** What a journal tells of. */
export type Restored = { readonly state: SchedulerState; readonly payloads: Payloads };

/**
 * Rebuilds the scheduler that a journal tells of.
 *
 * @throws {JournalError} If it is damaged.
 */
export async function restoreFrom(
  journal: Journal | undefined,
  options: SchedulerOptions,
): Promise<Restored> {
  const restoration = new Restoration(options);
  const { state } = restoration;
  const payloads = new Payloads(state);
  if (journal === undefined) return { state, payloads };
  for await (const blocks of journal.replay()) {
    for (const block of blocks) {
      for (const record of readBlock(block)) {
        restoration.add(record);
        payloads.note(record);
      }
    }
  }
  return { state, payloads };
}

function readBlock(block: Uint8Array): ReturnType<typeof decodeRecords> {
  try {
    return decodeRecords(block);
  } catch (cause) {
    if (!(cause instanceof MalformedTupleError)) throw cause;
    throw new JournalError(
      "Cannot read the journal: a record is of no kind that this muster knows; use the one that wrote it",
      "damaged",
      { cause },
    );
  }
}
