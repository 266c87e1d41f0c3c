import type { Durability } from "./types.ts";

/** A batch as it is kept. */
export type StoredBatch = { readonly isSnapshot: boolean; readonly body: Uint8Array };

/** Some batches of the history, and where to go on. */
export type StoredPart = {
  readonly batches: readonly StoredBatch[];
  /** Undefined at the end. */
  readonly nextSeq: number | undefined;
};

/** What is kept. Of the batches from `firstSeq` on, those of a snapshot that ends after `snapshotEnd` do not count. */
export type Extent = {
  readonly firstSeq: number;
  readonly snapshotEnd: number;
  readonly lastSeq: number;
};

/** Where a journal keeps its batches, each under the number that follows the one before. */
export interface JournalStore {
  /** What was there when it was opened. */
  readonly found: Extent;
  read(fromSeq: number): Promise<StoredPart>;
  /** Makes one batch durable; gives its number. It may take the bytes with it. */
  commit(batch: StoredBatch): Promise<number>;
  /** Lets the history begin at a whole snapshot. */
  startAt(firstSeq: number, snapshotEnd: number): Promise<void>;
  /** Removes some of what is before the beginning; gives whether anything is left of it. */
  trim(): Promise<boolean>;
  close(): Promise<void>;
}

/** What a store in a file is opened with. */
export type StoreOptions = {
  /** A folder for this journal alone; it is made if need be. */
  readonly folder: string;
  readonly durability: Exclude<Durability, "memory">;
};
