import type { Stats } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import process from "node:process";
import type { Writable } from "node:stream";
import { UsageError } from "../../proto/errors.ts";
import type { Progress } from "../progress.ts";
import { ReplacedFile } from "./replaced_file.ts";
import { dropTornLine } from "./torn_line.ts";
import { messageOf, writeFully } from "./write_fully.ts";

/** Where results go. */
export type ResultTarget =
  /**
   * `process.stdout`, say. It is not closed at the end. `beforeWrite` is called before each write: where the stream is
   * the terminal that a progress bar is on, it takes the bar away.
   */
  | {
    readonly kind: "stream";
    readonly stream: Writable;
    readonly beforeWrite?: (() => void) | undefined;
  }
  /**
   * A file. `replace`: the results are a new file that takes the old one's place only when all are written; whatever
   * happens before, the old one stays. `overwrite`: the old content goes at once, and what is written stays, however
   * the run ends. `append`: as `overwrite`, after the old content; half a line at its end is cut off.
   *
   * What is there and is no file, a pipe or a device, is written to directly.
   */
  | {
    readonly kind: "file";
    readonly path: string;
    readonly mode: "replace" | "overwrite" | "append";
  };

/** Standard output, which may share a terminal with the progress bar. */
export function standardOutput(progress: Progress): ResultTarget {
  const beforeWrite = process.stdout.isTTY ? () => progress.pause() : undefined;
  return { kind: "stream", stream: process.stdout, beforeWrite };
}

/** An opened {@link ResultTarget}. */
export type OpenTarget = {
  /** Never called while an earlier call is under way. */
  write(text: string): Promise<void>;
  /** All is written: makes it last. */
  commit(): Promise<void>;
  /** Gives up what can be given up: a new file that has not yet taken its place. */
  abandon(): Promise<void>;
};

/**
 * @param onReaderGone Called when whoever reads the stream has closed it; what is written later is dropped.
 * @throws {UsageError} When the file cannot be opened.
 */
export async function openTarget(
  target: ResultTarget,
  onReaderGone: () => void,
): Promise<OpenTarget> {
  if (target.kind === "stream") return streamTarget(target, onReaderGone);
  const { path, mode } = target;
  try {
    const existing = await stat(path).catch((): undefined => undefined);
    if (existing?.isDirectory()) throw new Error("it is a folder");
    if (mode === "replace" && (existing === undefined || existing.isFile())) {
      return await replacingTarget(path, existing);
    }
    return await directTarget(path, mode, existing);
  } catch (cause) {
    throw new UsageError(`Cannot write results to ${path}: ${messageOf(cause)}`, { cause });
  }
}

function streamTarget(
  { stream, beforeWrite }: Extract<ResultTarget, { kind: "stream" }>,
  onReaderGone: () => void,
): OpenTarget {
  let gone = false;
  // Each failed write is also an event, which would end the process if nobody listened.
  const ignore = (): void => {};
  stream.on("error", ignore);
  const release = (): Promise<void> => {
    stream.off("error", ignore);
    return Promise.resolve();
  };
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        if (gone) return resolve();
        beforeWrite?.();
        stream.write(text, (error) => {
          if (error === null || error === undefined) return resolve();
          if ("code" in error && error.code === "EPIPE") {
            gone = true;
            onReaderGone();
            return resolve();
          }
          reject(new UsageError(`Cannot write results: ${error.message}`, { cause: error }));
        });
      }),
    commit: release,
    abandon: release,
  };
}

async function replacingTarget(path: string, existing: Stats | undefined): Promise<OpenTarget> {
  // The file that a link names is replaced, not the link.
  const file = await ReplacedFile.create(
    existing === undefined ? path : await realpath(path),
    existing?.mode,
  );
  return {
    write: (text) => writeFully(file.handle, text, path),
    commit: () => file.commit(),
    abandon: () => file.abandon(),
  };
}

async function directTarget(
  path: string,
  mode: "replace" | "overwrite" | "append",
  existing: Stats | undefined,
): Promise<OpenTarget> {
  if (mode === "append" && existing?.isFile()) {
    const old = await open(path, "r+");
    await dropTornLine(old).finally(() => old.close());
  }
  const file: FileHandle = await open(path, mode === "append" ? "a" : "w");
  const close = async (): Promise<void> => {
    // Pipes and devices have nothing to sync.
    if (existing === undefined || existing.isFile()) await file.sync();
    await file.close();
  };
  return { write: (text) => writeFully(file, text, path), commit: close, abandon: close };
}
