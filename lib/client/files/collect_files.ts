import { type Dirent, type Stats } from "node:fs";
import { glob, readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { UsageError } from "../../proto/errors.ts";
import { type FileEntry, findFileProblem } from "../../proto/files.ts";

/** A file here that is to travel. */
export type LocalFile = Omit<FileEntry, "hash"> & { readonly source: string };

/**
 * The files that patterns name: paths of files, folders with all that is in them, globs.
 *
 * @param patterns Relative to `base`.
 * @param base The folder that stands for the folder of a job.
 * @throws {UsageError} For a pattern that names nothing, and for a file that may not travel.
 */
export async function collectFiles(
  patterns: readonly string[],
  base: string,
): Promise<readonly LocalFile[]> {
  if (patterns.length === 0) return [];
  const collection = new Collection(base, await realpath(base).catch(() => base));
  for (const pattern of patterns) await collection.add(pattern);
  return filesToSend(collection.files());
}

/**
 * Gives files in the order of their paths, if they may travel together.
 *
 * @throws {UsageError} For one that may not.
 */
export function filesToSend(files: readonly LocalFile[]): readonly LocalFile[] {
  const problem = findFileProblem(files, false);
  if (problem !== undefined) throw refusal(problem.path, problem.why);
  return files.toSorted((a, b) => a.path < b.path ? -1 : 1);
}

function refusal(path: string, why: string): UsageError {
  return new UsageError(`Cannot send ${path}: ${why}`);
}

class Collection {
  readonly #base: string;
  readonly #realBase: string;
  readonly #files = new Map<string, LocalFile>();

  constructor(base: string, realBase: string) {
    this.#base = base;
    this.#realBase = realBase;
  }

  files(): LocalFile[] {
    return [...this.#files.values()];
  }

  async add(pattern: string): Promise<void> {
    if (isAbsolute(pattern)) {
      throw refusal(pattern, `give its path relative to ${this.#base}, where jobs will find it`);
    }
    const path = join(this.#base, pattern);
    const stats = await stat(path).catch((): undefined => undefined);
    if (stats !== undefined) return await this.#addPath(path, stats, []);
    const before = this.#files.size;
    let known = 0;
    for await (const match of glob(pattern, { cwd: this.#base })) {
      const found = join(this.#base, match);
      const each = await stat(found).catch((): undefined => undefined);
      // Folders that match are on the way to files that do.
      if (each === undefined || each.isDirectory()) continue;
      known += 1;
      await this.#addPath(found, each, []);
    }
    if (this.#files.size === before && known === 0) {
      throw refusal(pattern, "no file or folder of this name, and none that matches");
    }
  }

  /** @param above Real paths of the folders it is in, lest a link to one of them is followed for ever. */
  async #addPath(source: string, stats: Stats, above: readonly string[]): Promise<void> {
    const path = relative(this.#base, source).split(sep).join("/");
    const real = await realpath(source);
    if (!this.#isInside(real)) {
      throw refusal(path, `it lies outside ${this.#base}`);
    }
    if (stats.isDirectory()) {
      if (above.includes(real)) return;
      for (const entry of await readdir(source, { withFileTypes: true })) {
        await this.#addEntry(source, entry, [...above, real]);
      }
    } else if (stats.isFile()) {
      const isExecutable = (stats.mode & 0o111) !== 0;
      this.#files.set(path, { path, source, size: stats.size, isExecutable });
    } else throw refusal(path, "it is neither a file nor a folder");
  }

  async #addEntry(folder: string, entry: Dirent, above: readonly string[]): Promise<void> {
    const source = join(folder, entry.name);
    const stats = await stat(source).catch((): undefined => undefined);
    if (stats === undefined) throw refusal(relative(this.#base, source), "it cannot be read");
    await this.#addPath(source, stats, above);
  }

  #isInside(real: string): boolean {
    const path = relative(this.#realBase, real);
    return path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  }
}
