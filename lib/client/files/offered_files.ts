import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { readChunks } from "../../files/read_chunks.ts";
import { UsageError } from "../../proto/errors.ts";
import type { FileEntry, FileHash } from "../../proto/files.ts";
import type { LocalFile } from "./collect_files.ts";

/** Files that nodes are offered. They are read when the first node is. */
export class OfferedFiles {
  readonly #files: readonly LocalFile[];
  #entries: Promise<readonly FileEntry[]> | undefined;

  constructor(files: readonly LocalFile[]) {
    this.#files = files;
  }

  /**
   * What nodes are told of them.
   *
   * @throws {UsageError} When one cannot be read.
   */
  entries(): Promise<readonly FileEntry[]> {
    this.#entries ??= readEntries(this.#files);
    return this.#entries;
  }

  /**
   * Reads one of them for a node.
   *
   * @param post Given each part; says whether more is wanted.
   * @throws {UsageError} When it cannot be read, or is not what it was when it was offered.
   */
  async send(place: number, post: (chunk: Uint8Array) => Promise<boolean>): Promise<void> {
    const file = this.#files[place];
    const entry = (await this.entries())[place];
    if (file === undefined || entry === undefined) return;
    const hash = await readThrough(file, post);
    if (hash === undefined || hash === entry.hash) return;
    throw new UsageError(`Cannot send ${file.path}: it has changed since the cluster was started`);
  }
}

async function readEntries(files: readonly LocalFile[]): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (const file of files) {
    const hash = await readThrough(file, () => true);
    const { path, size, isExecutable } = file;
    if (hash !== undefined) entries.push({ path, size, isExecutable, hash });
  }
  return entries;
}

/** Gives what its bytes hash to; undefined if no more was wanted. */
async function readThrough(
  { path, source, size }: LocalFile,
  take: (chunk: Uint8Array) => Promise<boolean> | boolean,
): Promise<FileHash | undefined> {
  try {
    await using file = await open(source, "r");
    const hash = createHash("sha256");
    for await (const chunk of readChunks(file, size)) {
      hash.update(chunk);
      if (!await take(chunk)) return undefined;
    }
    return hash.digest("hex") as FileHash;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`Cannot send ${path}: ${why}`, { cause });
  }
}
