import { StoredJournal, type StoredJournalOptions } from "./stored_journal.ts";
import type { StoreOptions } from "./store.ts";
import { ThreadStore } from "./thread_store.ts";
import type { Journal } from "./types.ts";

/**
 * Opens the journal in a folder, and makes it if there is none. One process at a time can have it open.
 *
 * @throws {UsageError} If another process uses it, it is no journal, or others could read it.
 * @throws {JournalError} If it is damaged or the disk fails.
 */
export async function openSqliteJournal(
  options: StoreOptions & StoredJournalOptions,
): Promise<Journal> {
  const { folder, durability, onState } = options;
  return new StoredJournal(await ThreadStore.open({ folder, durability }), { onState });
}
