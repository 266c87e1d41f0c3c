import type { DatabaseSync, StatementSync } from "node:sqlite";
import { failpoint } from "../platform/failpoint.ts";
import { checksumBatch, checksumNumbers } from "./batch_codec.ts";
import { MarkFile } from "./mark_file.ts";
import { type LargeBatches, largeBytes } from "./large_batches.ts";
import { kindBits, openDatabase } from "./sqlite_open.ts";
import { damaged, explainSqlite } from "./sqlite_errors.ts";
import type { Extent, StoredBatch, StoredPart, StoreOptions } from "./store.ts";

/** Bytes of the write-ahead log at which it is brought into the database. */
const checkpointBytes = 16 * 1024 * 1024;
/** Old batches removed by each commit: more than one, so that removing keeps up with adding. */
const trimBatches = 16;
/** Bytes read at once. */
const partBytes = 4 * 1024 * 1024;

const noBytes = new Uint8Array(0);

type Row = {
  readonly seq: number;
  /** See {@link kindBits}. */
  readonly kind: number;
  readonly checksum: number;
  readonly body: Uint8Array<ArrayBuffer>;
};

/** Batches in an SQLite database, one row and one transaction each; large ones in files beside it. It blocks: use it in a thread of its own. */
export class SqliteStore {
  readonly found: Extent;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #mark: MarkFile;
  readonly #large: LargeBatches;
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;
  readonly #marksEachCommit: boolean;
  #lastSeq: number;
  #firstSeq: number;
  #hasOld: boolean;
  /** About what is in the write-ahead log. */
  #logBytes = 0;
  #needsCheckpoint = false;

  /**
   * @throws {UsageError} If another process uses it, it is no journal, or others could read it.
   * @throws {JournalError} If it is damaged or the disk fails.
   */
  constructor({ folder, durability }: StoreOptions) {
    const { path, database, extent, mark, large } = openDatabase(folder, durability);
    this.#path = path;
    this.#database = database;
    this.#mark = mark;
    this.#large = large;
    this.found = extent;
    this.#lastSeq = extent.lastSeq;
    this.#firstSeq = extent.firstSeq;
    this.#hasOld = true;
    this.#marksEachCommit = durability === "full";
    this.#insert = database.prepare("INSERT INTO log VALUES (?, ?, ?, ?)");
    this.#trim = database.prepare(
      `DELETE FROM log WHERE seq IN (SELECT seq FROM log WHERE seq < ? ORDER BY seq LIMIT ${trimBatches})
       RETURNING seq, kind`,
    );
  }

  /** Reads and checks the batches from one on, as many as make a good message. */
  read(fromSeq: number): StoredPart {
    const batches: StoredBatch[] = [];
    let seq = fromSeq;
    let bytes = 0;
    try {
      const rows = this.#database.prepare("SELECT * FROM log WHERE seq >= ? ORDER BY seq");
      for (const row of rows.iterate(fromSeq) as Iterable<Row>) {
        const batch = this.#check(row, seq);
        batches.push(batch);
        seq += 1;
        bytes += batch.body.length;
        if (bytes >= partBytes) break;
      }
    } catch (error) {
      throw explainSqlite(error, this.#path, "read");
    }
    if (seq <= this.#lastSeq) {
      if (batches.length === 0) throw damaged(this.#path, `batch ${seq} is missing`);
      return { batches, nextSeq: seq };
    }
    return { batches, nextSeq: undefined };
  }

  #check(row: Row, seq: number): StoredBatch {
    const which = `batch ${seq} of ${this.#lastSeq}`;
    if (row.seq !== seq) throw damaged(this.#path, `${which} is missing`);
    const isLarge = (row.kind & kindBits.large) !== 0;
    const body = isLarge ? this.#large.read(seq) : row.body;
    if (body === undefined) throw damaged(this.#path, `the file of ${which} is missing`);
    if (row.checksum !== checksumBatch(seq, row.kind, body)) {
      throw damaged(this.#path, `${which} is not as it was written`);
    }
    return { isSnapshot: (row.kind & kindBits.snapshot) !== 0, body };
  }

  commit({ isSnapshot, body }: StoredBatch): number {
    const seq = this.#lastSeq + 1;
    const isLarge = body.length > largeBytes;
    const kind = (isSnapshot ? kindBits.snapshot : 0) + (isLarge ? kindBits.large : 0);
    const inRow = isLarge ? noBytes : body;
    if (isLarge) this.#writeLarge(seq, body);
    this.#transact(() => {
      this.#insert.run(seq, kind, checksumBatch(seq, kind, body), inRow);
      failpoint("commit");
      return this.#removeOld();
    });
    this.#lastSeq = seq;
    this.#logBytes += inRow.length + 3 * 4096;
    if (this.#marksEachCommit) this.#writeMark();
    return seq;
  }

  #writeLarge(seq: number, body: Uint8Array): void {
    try {
      this.#large.write(seq, body);
    } catch (error) {
      throw explainSqlite(error, this.#path, "write");
    }
  }

  startAt(firstSeq: number, snapshotEnd: number): void {
    const checksum = checksumNumbers(firstSeq, snapshotEnd);
    this.#transact(() => {
      this.#database
        .prepare("UPDATE meta SET first_seq = ?, snapshot_end = ?, checksum = ?")
        .run(firstSeq, snapshotEnd, checksum);
      return [];
    });
    this.#firstSeq = firstSeq;
    this.#hasOld = true;
  }

  trim(): boolean {
    if (this.#hasOld) this.#transact(() => this.#removeOld());
    return this.#hasOld;
  }

  /** Brings the write-ahead log into the database once it is long. Call it when nobody waits for a commit. */
  checkpoint(): void {
    if (this.#logBytes < checkpointBytes) return;
    try {
      this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
      this.#logBytes = 0;
      this.#writeMark();
      this.#mark.sync();
    } catch {
      // The next commit tries it again, and tells why it fails.
      this.#needsCheckpoint = true;
    }
  }

  close(): void {
    // Closing brings the log into the database and syncs it.
    try {
      this.#database.close();
    } catch (error) {
      throw explainSqlite(error, this.#path, "write");
    }
    this.#writeMark();
    this.#mark.close();
  }

  /** Gives which of them have a file, to be removed after the commit. */
  #removeOld(): readonly number[] {
    if (!this.#hasOld) return [];
    const removed = this.#trim.all(this.#firstSeq);
    this.#hasOld = removed.length === trimBatches;
    return removed.filter(({ kind }) => (Number(kind) & kindBits.large) !== 0)
      .map(({ seq }) => Number(seq));
  }

  /** @param write Gives the numbers of the batches that are gone with it and have a file. */
  #transact(write: () => readonly number[]): void {
    const hadOld = this.#hasOld;
    let gone: readonly number[];
    try {
      // A log that a failed commit has written to is never added to: what it left there could look like history.
      if (this.#needsCheckpoint) this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      this.#database.exec("BEGIN IMMEDIATE");
      gone = write();
      this.#database.exec("COMMIT");
      this.#needsCheckpoint = false;
    } catch (error) {
      this.#needsCheckpoint = true;
      this.#hasOld = hadOld;
      this.#rollBack();
      throw explainSqlite(error, this.#path, "write");
    }
    this.#large.remove(gone);
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has done so by itself.
    }
  }

  /** A mark that cannot be written protects less, but what it is about is durable. */
  #writeMark(): void {
    try {
      this.#mark.write(this.#lastSeq);
    } catch {
      // The disk will say so at the next commit.
    }
  }
}
