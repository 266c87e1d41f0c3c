import { constants } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileEntry } from "../proto/files.ts";
import type { FileCache } from "./file_cache.ts";

/**
 * The working directory of one client's jobs, with the files they were given. These are copies: a job may change its
 * own, and the cache must not change with them. Where the file system can share the blocks of a copy, it does.
 */
export class JobFolder implements AsyncDisposable {
  readonly path: string;

  /** Made by {@link JobFolder.create}. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes a folder.
   *
   * @param parent A private folder.
   * @param files Their paths have been checked, and the cache holds them.
   */
  static async create(
    parent: string,
    files: readonly FileEntry[],
    cache: FileCache,
  ): Promise<JobFolder> {
    const folder = new JobFolder(await mkdtemp(join(parent, "job-")));
    try {
      for (const { path, hash, isExecutable } of files) {
        const place = join(folder.path, path);
        await mkdir(dirname(place), { recursive: true, mode: 0o700 });
        const mode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
        await copyFile(cache.pathOf(hash), place, mode);
        await chmod(place, isExecutable ? 0o700 : 0o600);
      }
      return folder;
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Removes it with all that jobs left in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
