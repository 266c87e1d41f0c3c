import { Credit } from "../../files/credit.ts";
import { limits } from "../../proto/limits.ts";
import type { OfferedFiles } from "./offered_files.ts";

/** What a sending needs. */
export type FileSendingOptions = {
  readonly files: OfferedFiles;
  /** Sends a part of a file; resolves when the connection takes more. */
  readonly send: (place: number, bytes: Uint8Array) => Promise<void>;
  /** Told why files cannot be sent. */
  readonly onFailure: (error: Error) => void;
};

/**
 * Sends files to one node, as many bytes at a time as the node has room for: what else the two have to say to each other
 * comes in between.
 */
export class FileSending {
  readonly #options: FileSendingOptions;
  readonly #credit = new Credit(limits.fileWindowBytes);

  constructor(options: FileSendingOptions) {
    this.#options = options;
  }

  /** Sends the files at these places of the list. */
  async start(places: readonly number[]): Promise<void> {
    const { files, send, onFailure } = this.#options;
    try {
      for (const place of places) {
        await files.send(place, async (chunk) => {
          await this.#credit.take(chunk.length);
          if (!this.#credit.ended) await send(place, chunk);
          return !this.#credit.ended;
        });
      }
    } catch (error) {
      onFailure(error as Error);
    }
  }

  /** The node has written so many bytes. */
  written(bytes: number): void {
    this.#credit.give(bytes);
  }

  /** Sends no more. */
  end(): void {
    this.#credit.end();
  }
}
