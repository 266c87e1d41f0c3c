import * as fs from "node:fs";
import { join } from "node:path";
import { syncFolder } from "./sync_folder.ts";

/** Longer batches have a file of their own. SQLite would write them page by page, twice. */
export const largeBytes = 2 * 1024 * 1024;

/** The bodies of large batches, each in a file that is named by the batch's number. A file without a row is nothing. */
export class LargeBatches {
  readonly #folder: string;
  readonly #isSynced: boolean;

  /** @param isSynced Whether a body must be on the disk before its row is. */
  constructor(folder: string, isSynced: boolean) {
    this.#folder = folder;
    this.#isSynced = isSynced;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Nothing is left of a body that there is no room for. */
  write(seq: number, body: Uint8Array): void {
    try {
      this.#write(this.#pathOf(seq), body);
    } catch (error) {
      this.remove([seq]);
      throw error;
    }
  }

  #write(path: string, body: Uint8Array): void {
    const file = fs.openSync(path, "w", 0o600);
    try {
      for (let at = 0; at < body.length;) at += fs.writeSync(file, body, at);
      if (this.#isSynced) fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    if (this.#isSynced) syncFolder(this.#folder);
  }

  /** Undefined if there is no such file. */
  read(seq: number): Uint8Array<ArrayBuffer> | undefined {
    const path = this.#pathOf(seq);
    return fs.existsSync(path) ? new Uint8Array(fs.readFileSync(path)) : undefined;
  }

  /** What cannot be removed now is removed by the next {@link retain}. */
  remove(seqs: readonly number[]): void {
    for (const seq of seqs) {
      try {
        fs.rmSync(this.#pathOf(seq), { force: true });
      } catch {
        // It takes up room, and is nothing.
      }
    }
  }

  /** Removes all others: what a crash has left. */
  retain(seqs: ReadonlySet<number>): void {
    for (const name of fs.readdirSync(this.#folder)) {
      if (!seqs.has(Number(name))) fs.rmSync(join(this.#folder, name), { recursive: true });
    }
  }

  #pathOf(seq: number): string {
    return join(this.#folder, `${seq}`);
  }
}
