import { IncomingFile } from "../files/incoming_file.ts";
import type { FileEntry, FileHash } from "../proto/files.ts";
import { limits } from "../proto/limits.ts";
import { MalformedTupleError } from "../wire/tuple.ts";
import type { FileCache } from "./file_cache.ts";

/** What an intake needs. */
export type FileIntakeOptions = {
  readonly files: readonly FileEntry[];
  readonly cache: FileCache;
  /** Told of bytes that are written: so many more may come. */
  readonly onWritten: (bytes: number) => void;
};

/**
 * Takes the files of one computation: says which of them the node lacks, takes these in that order, checks each, and
 * holds all of them in the cache until it is told to let go.
 */
export class FileIntake {
  /** Places in the list of files, each content once. */
  readonly lacking: readonly number[];
  /** Resolves when every file is in the cache; rejects when one cannot be kept or is not what its hash says. */
  readonly done: Promise<void>;
  readonly #options: FileIntakeOptions;
  readonly #held = new Set<FileHash>();
  readonly #finished = Promise.withResolvers<void>();
  /** Which of the lacking files arrives. */
  #turn = 0;
  #receivedBytes = 0;
  #unwrittenBytes = 0;
  #incoming: IncomingFile | undefined;
  /** Files that are not in the cache yet. */
  readonly #unfinished = new Set<IncomingFile>();
  #released = false;

  constructor(options: FileIntakeOptions) {
    this.#options = options;
    this.done = this.#finished.promise;
    this.done.catch(() => {});
    this.lacking = this.#holdKnown();
    if (this.lacking.length === 0) this.#finished.resolve();
  }

  /**
   * Takes the next part of the file whose turn it is.
   *
   * @throws {MalformedTupleError} When it is none that was asked for, or comes before there is room for it.
   */
  take(place: number, bytes: Uint8Array): void {
    const entry = this.#options.files[place];
    if (entry === undefined || place !== this.lacking[this.#turn]) {
      throw new MalformedTupleError("Cannot take a part of a file that was not asked for");
    }
    this.#receivedBytes += bytes.length;
    this.#unwrittenBytes += bytes.length;
    if (this.#receivedBytes > entry.size) {
      throw new MalformedTupleError(`Cannot take ${entry.path}: it has more bytes than it should`);
    }
    if (this.#unwrittenBytes > limits.fileWindowBytes) {
      throw new MalformedTupleError("Cannot take parts of files faster than they are written");
    }
    const incoming = this.#incoming ??= new IncomingFile(this.#options.cache.incomingPath());
    this.#unfinished.add(incoming);
    const isWhole = this.#receivedBytes === entry.size;
    if (isWhole) {
      this.#turn += 1;
      this.#receivedBytes = 0;
      this.#incoming = undefined;
    }
    this.#write(incoming, entry, bytes, isWhole).catch((error) => this.#finished.reject(error));
  }

  /** Lets go of the files, and removes what has not arrived. */
  async release(): Promise<void> {
    this.#released = true;
    for (const hash of this.#held) this.#options.cache.release(hash);
    this.#held.clear();
    await Promise.all([...this.#unfinished].map((incoming) => incoming.abandon()));
  }

  #holdKnown(): number[] {
    const lacking = new Map<FileHash, number>();
    for (const [place, { hash }] of this.#options.files.entries()) {
      if (this.#held.has(hash) || lacking.has(hash)) continue;
      if (this.#options.cache.hold(hash)) this.#held.add(hash);
      else lacking.set(hash, place);
    }
    return [...lacking.values()];
  }

  async #write(
    incoming: IncomingFile,
    { path, size, hash }: FileEntry,
    bytes: Uint8Array,
    isWhole: boolean,
  ): Promise<void> {
    await incoming.write(bytes);
    this.#unwrittenBytes -= bytes.length;
    this.#options.onWritten(bytes.length);
    if (!isWhole) return;
    if (await incoming.finish() !== hash) {
      throw new MalformedTupleError(`Cannot take ${path}: its bytes do not match its hash`);
    }
    const { cache } = this.#options;
    await cache.add(hash, size, incoming.path);
    this.#unfinished.delete(incoming);
    if (this.#released) return cache.release(hash);
    this.#held.add(hash);
    if (this.#turn === this.lacking.length && this.#allHeld()) this.#finished.resolve();
  }

  #allHeld(): boolean {
    return this.#options.files.every(({ hash }) => this.#held.has(hash));
  }
}
