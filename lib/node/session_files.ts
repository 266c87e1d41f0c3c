import process from "node:process";
import { type FileEntry, findFileProblem } from "../proto/files.ts";
import type { NodeToClient } from "../proto/node_messages.ts";
import { MalformedTupleError } from "../wire/tuple.ts";
import type { FileCache } from "./file_cache.ts";
import { FileIntake } from "./file_intake.ts";
import { JobFolder } from "./job_folder.ts";
import { ServedFiles } from "./served_files.ts";

/** What the files of a session need. */
export type SessionFilesOptions = {
  readonly cache: FileCache;
  /** A private folder, in which the one for the jobs is made. */
  readonly parent: string;
  readonly send: (message: NodeToClient) => void;
};

/** The files of one client's jobs: from the list of them to the folder that the jobs run in. */
export class SessionFiles {
  readonly #options: SessionFilesOptions;
  #files: readonly FileEntry[] | undefined;
  #intake: FileIntake | undefined;
  #folder: JobFolder | undefined;
  #served: ServedFiles | undefined;
  #ended = false;

  constructor(options: SessionFilesOptions) {
    this.#options = options;
  }

  /**
   * Takes the list of files, before slots are asked for.
   *
   * @returns Why they cannot be taken; undefined if they can.
   * @throws {MalformedTupleError} When it is not the time for it.
   */
  offer(files: readonly FileEntry[]): string | undefined {
    if (this.#files !== undefined || this.#intake !== undefined) {
      throw new MalformedTupleError("Cannot take a list of files now");
    }
    this.#files = files;
    const problem = findFileProblem(files, process.platform === "win32");
    return problem && `it cannot keep ${problem.path}: ${problem.why}`;
  }

  /** Asks for what is lacking. */
  open(): void {
    const { cache, send } = this.#options;
    const onWritten = (bytes: number): void => send({ type: "written", bytes });
    this.#intake = new FileIntake({ files: this.#files ?? [], cache, onWritten });
    const places = this.#intake.lacking;
    if (places.length > 0) send({ type: "wantFiles", places });
  }

  /** @throws {MalformedTupleError} When the part is none that was asked for. */
  take(place: number, bytes: Uint8Array): void {
    if (this.#intake === undefined) {
      throw new MalformedTupleError("Cannot take a part of a file before it was asked for");
    }
    this.#intake.take(place, bytes);
  }

  /**
   * Resolves when all files are there.
   *
   * @throws {MalformedTupleError} When one is not what its hash says.
   * @throws {Error} When one cannot be kept.
   */
  async arrived(): Promise<void> {
    await this.#intake?.done;
  }

  /**
   * Makes the folder that the jobs run in. Call it when all files have arrived.
   *
   * @throws {Error} When it cannot be made.
   */
  async place(): Promise<string> {
    const { cache, parent } = this.#options;
    this.#folder = await JobFolder.create(parent, this.#files ?? [], cache);
    await this.#intake?.release();
    if (this.#ended) await this.#folder[Symbol.asyncDispose]();
    this.#served = new ServedFiles(this.#folder.path, this.#options.send);
    return this.#folder.path;
  }

  /**
   * What the client fetches from there; nothing before there is a folder.
   *
   * @throws {MalformedTupleError} When there is none.
   */
  get served(): ServedFiles {
    if (this.#served === undefined) {
      throw new MalformedTupleError("Cannot fetch a file before there are jobs");
    }
    return this.#served;
  }

  /** Removes the folder, and lets go of what is in the cache. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#served?.end();
    await this.#intake?.release();
    await this.#folder?.[Symbol.asyncDispose]();
  }
}
