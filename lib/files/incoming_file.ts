import { createHash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import type { FileHash } from "../proto/files.ts";

/**
 * A file that arrives in chunks, which are written one after the other to a new file of this name. The caller sees to it
 * that chunks do not come faster than they are written.
 */
export class IncomingFile {
  readonly path: string;
  readonly #hash = createHash("sha256");
  readonly #file: Promise<FileHandle>;
  /** What was asked for so far. */
  #last: Promise<unknown>;

  /** @param path Must not exist yet. */
  constructor(path: string) {
    this.path = path;
    this.#file = open(path, "wx", 0o600);
    this.#last = this.#file;
    // Whoever writes next learns of it.
    this.#last.catch(() => {});
  }

  /** Writes the next chunk. */
  write(chunk: Uint8Array): Promise<void> {
    return this.#next(async (file) => {
      this.#hash.update(chunk);
      for (let at = 0; at < chunk.length;) {
        at += (await file.write(chunk, at, chunk.length - at)).bytesWritten;
      }
    });
  }

  /** Closes the file and gives what its bytes hash to. */
  finish(): Promise<FileHash> {
    return this.#next(async (file) => {
      await file.close();
      return this.#hash.digest("hex") as FileHash;
    });
  }

  /** Closes and removes the file. */
  async abandon(): Promise<void> {
    await this.#last.catch(() => {});
    const file = await this.#file.catch((): undefined => undefined);
    if (file === undefined) return;
    await file.close().catch(() => {}); // It may be closed.
    await rm(this.path, { force: true });
  }

  #next<T>(act: (file: FileHandle) => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => await act(await this.#file));
    this.#last = done;
    done.catch(() => {});
    return done;
  }
}
