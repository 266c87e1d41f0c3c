import { constants } from "node:fs";
import { type FileHandle, open, realpath, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import process from "node:process";
import { Credit } from "../files/credit.ts";
import { readChunks } from "../files/read_chunks.ts";
import { ownFolder, whyBadPath } from "../proto/files.ts";
import { limits } from "../proto/limits.ts";
import type { ClientToNode, NodeToClient } from "../proto/node_messages.ts";
import { MalformedTupleError } from "../wire/tuple.ts";

type Fetch = Extract<ClientToNode, { type: "fetch" }>;

/** Gives a client files from the folder of its jobs, and from nowhere else. */
export class ServedFiles {
  readonly #folder: string;
  readonly #send: (message: NodeToClient) => void;
  /** Of the files that are being sent. */
  readonly #credits = new Map<number, Credit>();

  /** @param folder The folder of the client's jobs. */
  constructor(folder: string, send: (message: NodeToClient) => void) {
    this.#folder = folder;
    this.#send = send;
  }

  /**
   * Sends a file, or says why not.
   *
   * @throws {MalformedTupleError} When more are asked for at a time than may be.
   */
  fetch(request: Fetch): void {
    if (this.#credits.has(request.id) || this.#credits.size >= limits.maxFetches) {
      throw new MalformedTupleError("Cannot fetch so many files at a time");
    }
    const credit = new Credit(limits.fileWindowBytes);
    this.#credits.set(request.id, credit);
    void this.#serve(request, credit).finally(() => this.#credits.delete(request.id));
  }

  /** The client has written so many bytes of a file. */
  fetched(id: number, bytes: number): void {
    this.#credits.get(id)?.give(bytes);
  }

  /** Sends no more. */
  end(): void {
    for (const credit of this.#credits.values()) credit.end();
  }

  async #serve({ id, path, remove }: Fetch, credit: Credit): Promise<void> {
    try {
      const place = await this.#placeOf(path);
      await using file = await open(place, constants.O_RDONLY | noFollow);
      await this.#sendFile(id, file, credit);
      if (remove) await rm(place, { force: true });
    } catch (error) {
      this.#send({ type: "noFile", id, why: reasonOf(error) });
    }
  }

  async #sendFile(id: number, file: FileHandle, credit: Credit): Promise<void> {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error("it is no file");
    const { size } = stats;
    this.#send({ type: "file", id, size, isExecutable: (stats.mode & 0o111) !== 0 });
    if (size === 0) return;
    for await (const bytes of readChunks(file, size)) {
      await credit.take(bytes.length);
      if (credit.ended) return;
      this.#send({ type: "part", id, bytes });
    }
  }

  /** Where a file lies; a job may have put links there that lead elsewhere. */
  async #placeOf(path: string): Promise<string> {
    const own = `${ownFolder}/`;
    const shown = path.startsWith(own) ? path.slice(own.length) : path;
    const why = whyBadPath(shown, process.platform === "win32");
    if (why !== undefined) throw new Error(why);
    const place = await realpath(join(this.#folder, path));
    if (place.startsWith(`${await realpath(this.#folder)}${sep}`)) return place;
    throw new Error("it lies outside the folder of the jobs");
  }
}

/** Windows has no such flag. */
const noFollow = constants.O_NOFOLLOW ?? 0;

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "ENOENT" ? "there is no such file" : error.message;
}
