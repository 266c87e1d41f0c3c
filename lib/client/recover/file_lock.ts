import * as fs from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { UsageError } from "../../proto/errors.ts";

/**
 * Keeps other programs from a file for as long as this process lives, however it ends. Neither runtime has locks of
 * files, and SQLite has them on every system: it holds that of an empty database beside the file.
 */
export class FileLock {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws {UsageError} When another program has it. */
  static take(path: string): FileLock {
    const beside = `${path}.lock`;
    fs.closeSync(fs.openSync(beside, "a", 0o600));
    const database = new DatabaseSync(beside);
    try {
      database.exec(
        "PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE",
      );
      return new FileLock(database);
    } catch (cause) {
      database.close();
      throw new UsageError(
        `Cannot use the recover file ${path}: the program that writes it still runs, or another recovers from it`,
        { cause },
      );
    }
  }

  release(): void {
    this.#database.close();
  }
}
