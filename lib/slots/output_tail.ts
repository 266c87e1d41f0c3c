import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import type { OutputStream } from "../proto/executor.ts";
import { createOutputDecoder, maxOutputBytes, outputPaths } from "../runtime/output_files.ts";
import { readRunning } from "../runtime/progress_file.ts";

/** What a running task has newly printed. */
export type NewOutput = {
  readonly seq: number;
  readonly stream: OutputStream;
  readonly text: string;
};

const chunkBytes = 64 * 1024;

/** Reads the output files of a process while its job runs, whatever that keeps busy. */
export class OutputTail {
  readonly #progressPath: string;
  readonly #streams: readonly StreamTail[];
  #seq: number | undefined;

  constructor(progressPath: string) {
    this.#progressPath = progressPath;
    const paths = outputPaths(progressPath);
    this.#streams = [
      new StreamTail("stdout", paths.stdout),
      new StreamTail("stderr", paths.stderr),
    ];
  }

  /** Gives what was printed since the last call by the task that runs. */
  read(): NewOutput[] {
    const seq = readRunning(this.#progressPath)?.seq;
    if (seq === undefined) return [];
    if (seq !== this.#seq) { for (const stream of this.#streams) stream.restart(); }
    this.#seq = seq;
    const found = this.#streams.map((stream) => stream.read());
    // If it has ended meanwhile, this may be the next one's; its own is told with its end.
    if (readRunning(this.#progressPath)?.seq !== seq) return [];
    return found.flatMap(({ stream, text }) => text === "" ? [] : [{ seq, stream, text }]);
  }

  /** Lets go of the files. */
  close(): void {
    for (const stream of this.#streams) stream.close();
  }
}

class StreamTail {
  readonly #stream: OutputStream;
  readonly #path: string;
  readonly #chunk = Buffer.allocUnsafe(chunkBytes);
  #file: number | undefined;
  #decoder = createOutputDecoder();
  #position = 0;

  constructor(stream: OutputStream, path: string) {
    this.#stream = stream;
    this.#path = path;
  }

  /** Another task writes, from the beginning of the file. */
  restart(): void {
    this.#position = 0;
    this.#decoder = createOutputDecoder();
  }

  read(): { readonly stream: OutputStream; readonly text: string } {
    let text = "";
    this.#file ??= openSync(this.#path, "r");
    while (this.#position < maxOutputBytes) {
      const count = readSync(this.#file, this.#chunk, 0, chunkBytes, this.#position);
      if (count === 0) break;
      this.#position += count;
      // A character may be cut in two by the end of what is written so far.
      text += this.#decoder.decode(this.#chunk.subarray(0, count), { stream: true });
    }
    return { stream: this.#stream, text };
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
