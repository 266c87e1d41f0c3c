import { unlinkSync } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * A file written beside another, whose place it takes in one step when it is complete. Until then, and if that never
 * comes, the old file is untouched. The new one goes when it is abandoned and when the process exits by itself; only
 * a kill leaves it behind, as `.NAME.XXXXXXXX.tmp`.
 */
export class ReplacedFile {
  readonly handle: FileHandle;
  readonly #path: string;
  readonly #temporaryPath: string;
  readonly #onExit: () => void;
  #over = false;

  constructor(handle: FileHandle, path: string, temporaryPath: string, onExit: () => void) {
    this.handle = handle;
    this.#path = path;
    this.#temporaryPath = temporaryPath;
    this.#onExit = onExit;
  }

  /** @param mode Permissions of the file that will be replaced, if there is one. */
  static async create(path: string, mode: number | undefined): Promise<ReplacedFile> {
    const random = crypto.randomUUID().slice(0, 8);
    const temporaryPath = join(dirname(path), `.${basename(path)}.${random}.tmp`);
    // First: the process may exit while the file is being opened.
    const onExit = (): void => {
      try {
        unlinkSync(temporaryPath);
      } catch {
        // Nothing more can be done while exiting.
      }
    };
    process.once("exit", onExit);
    try {
      const handle = await open(temporaryPath, "wx");
      if (mode !== undefined) await handle.chmod(mode & 0o777);
      return new ReplacedFile(handle, path, temporaryPath, onExit);
    } catch (error) {
      process.off("exit", onExit);
      throw error;
    }
  }

  /** Makes the new file durable and puts it in place. The old one stays if that fails. */
  async commit(): Promise<void> {
    if (this.#over) return;
    try {
      await this.handle.sync();
      await this.handle.close();
      await rename(this.#temporaryPath, this.#path);
    } catch (error) {
      await this.abandon();
      throw error;
    }
    this.#end();
    await syncFolder(dirname(this.#path));
  }

  /** Removes the new file. */
  async abandon(): Promise<void> {
    if (this.#over) return;
    this.#end();
    await this.handle.close().catch(() => {});
    await unlink(this.#temporaryPath).catch(() => {});
  }

  #end(): void {
    this.#over = true;
    process.off("exit", this.#onExit);
  }
}

/** Without this the rename itself could be lost with the power. Not every system lets a folder be synced. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    await folder.sync().finally(() => folder.close());
  } catch {
    // The content is durable all the same.
  }
}
