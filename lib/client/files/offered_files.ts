import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { readChunks } from "../../files/read_chunks.ts";
import { UsageError } from "../../proto/errors.ts";
import type { FileEntry, FileHash } from "../../proto/files.ts";
import type { LocalFile } from "./collect_files.ts";

/** Files that nodes are offered. They are read when the first node is there. */
export class OfferedFiles {
  readonly #find: () => Promise<readonly LocalFile[]>;
  #files: Promise<readonly LocalFile[]> | undefined;
  #entries: Promise<readonly FileEntry[]> | undefined;

  /** @param find Called once, when they are needed. */
  constructor(find: () => Promise<readonly LocalFile[]>) {
    this.#find = find;
  }

  /**
   * What nodes are told of them.
   *
   * @throws {UsageError} When one cannot be read.
   */
  entries(): Promise<readonly FileEntry[]> {
    this.#entries ??= this.#found().then(readEntries);
    return this.#entries;
  }

  #found(): Promise<readonly LocalFile[]> {
    this.#files ??= this.#find();
    return this.#files;
  }

  /**
   * Reads one of them for a node.
   *
   * @param post Given each part; says whether more is wanted.
   * @throws {UsageError} When it cannot be read, or is not what it was when it was offered.
   */
  async send(place: number, post: (chunk: Uint8Array) => Promise<boolean>): Promise<void> {
    const file = (await this.#found())[place];
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
