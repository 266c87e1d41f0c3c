import { mkdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FileHash } from "../proto/files.ts";
import { limits } from "../proto/limits.ts";

type CachedFile = { readonly size: number; users: number };

/**
 * Files that came from clients, by what they hash to: the same content travels once. A file stays as long as somebody
 * holds it, and after that until others need its room.
 */
export class FileCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Least recently used first. */
  readonly #files = new Map<FileHash, CachedFile>();
  #bytes = 0;
  #incoming = 0;

  /**
   * @param folder A folder of its own, which is made.
   * @param maxBytes For tests. @default limits.maxCachedFileBytes
   */
  constructor(folder: string, maxBytes: number = limits.maxCachedFileBytes) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Holds a file if it is here; {@link release} it afterwards. */
  hold(hash: FileHash): boolean {
    const file = this.#files.get(hash);
    if (file === undefined) return false;
    file.users += 1;
    this.#files.delete(hash);
    this.#files.set(hash, file);
    return true;
  }

  /** Lets go of a file. */
  release(hash: FileHash): void {
    const file = this.#files.get(hash);
    if (file !== undefined) file.users -= 1;
  }

  /** Where a file that is held lies. It is to be read only. */
  pathOf(hash: FileHash): string {
    return join(this.#folder, hash);
  }

  /** A new name for a file that is still arriving. */
  incomingPath(): string {
    this.#incoming += 1;
    return join(this.#folder, `incoming-${this.#incoming}`);
  }

  /** Takes in a file whose bytes are known to hash to its name, and holds it. */
  async add(hash: FileHash, size: number, incomingPath: string): Promise<void> {
    // Another client may have brought it meanwhile.
    if (this.hold(hash)) return await rm(incomingPath, { force: true });
    await rename(incomingPath, this.pathOf(hash));
    if (this.hold(hash)) return; // The same bytes took its place.
    this.#files.set(hash, { size, users: 1 });
    this.#bytes += size;
    await this.#makeRoom();
  }

  async #makeRoom(): Promise<void> {
    for (const [hash, { size, users }] of this.#files) {
      if (this.#bytes <= this.#maxBytes) return;
      if (users > 0) continue;
      this.#files.delete(hash);
      this.#bytes -= size;
      await rm(this.pathOf(hash), { force: true });
    }
  }
}
