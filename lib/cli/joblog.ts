import { type FileHandle, open } from "node:fs/promises";
import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { ChunkSource } from "./input/chunk_source.ts";
import { readLineBlocks } from "./input/text_blocks.ts";
import { hashText, isJobNumber, JoblogRecords } from "./joblog_records.ts";
import { LineSink } from "./output/line_sink.ts";
import { oneLine } from "./output/plain_text.ts";
import { renderResult } from "./output/render_result.ts";
import { dropTornLine } from "./output/torn_line.ts";
import { messageOf, writeFully } from "./output/write_fully.ts";

/** What the log says of one job. */
export type JoblogEntry = {
  /** Number of its input, from 1. */
  readonly seq: number;
  /** Node that ran the last attempt; undefined if none did. */
  readonly node: string | undefined;
  /** When the last attempt began, in milliseconds since 1970; undefined if none did. */
  readonly startedAtMs: number | undefined;
  /** How long the last attempt ran, in milliseconds; undefined if none did. */
  readonly runtimeMs: number | undefined;
  readonly status: "finished" | "terminated" | "cancelled" | "abandoned";
  /** Number of the last attempt; 0 if none began. */
  readonly attempt: number;
  /** As it was read, for a resumed run compares it with what it reads. */
  readonly input: unknown;
  /** `name: message`; undefined if there was none. */
  readonly error: string | undefined;
  /** One text for each of {@link JoblogOptions.moreColumns}. */
  readonly more?: readonly string[];
};

export type JoblogOptions = {
  readonly path: string;
  /**
   * What is run, such as `src/count.ts#default`: a log is resumed by none but the same. It should not depend on the
   * code's content, or a function could not be mended before its failed inputs are run again.
   */
  readonly identity: string;
  /** Whether to go on with the log that is there. If not, or if none is there, a new one is begun. */
  readonly resume: boolean;
  /** Names of columns of its own that a command adds. @default [] */
  readonly moreColumns?: readonly string[];
  /** Awaited before lines are written: what writes out the results, so that no job is logged whose result is lost. */
  readonly beforeWrite?: () => Promise<void>;
};

const firstField = "#muster-joblog";
const version = "1";
const columns = "Seq\tNode\tStart\tRuntime\tStatus\tAttempt\tHash\tInput\tError";
const maxInputChars = 200;
const maxErrorChars = 500;
const maxMoreChars = 500;
const columnCount = columns.split("\t").length;

/**
 * A log with one line a job, in the tradition of GNU parallel's: columns separated by tabs, so that `cut`, `sort` and
 * `awk` read it. After a line with the format's version and what was run, and one with the columns' names, come
 *
 * `Seq` number of the input, from 1 · `Node` · `Start` seconds since 1970 · `Runtime` seconds · `Status` · `Attempt` ·
 * `Hash` of the whole input · `Input` as JSON, shortened · `Error` on one line.
 * A command may have columns of its own after these.
 *
 * Lines are written as soon as jobs end; while one write is under way the next lines gather. A process that is killed
 * therefore loses the lines of the jobs that ended during its last write, some milliseconds, and those jobs run
 * again when the log is resumed. Half a line at the end is cut off then.
 *
 * The log has no results. A resumed run gives the results of the jobs that it runs, and of no others.
 */
export class Joblog implements AsyncDisposable {
  /** What the log held when it was opened. */
  readonly earlier: JoblogRecords;
  readonly #file: FileHandle;
  readonly #sink: LineSink;
  #closed = false;

  constructor(file: FileHandle, earlier: JoblogRecords, options: JoblogOptions) {
    this.earlier = earlier;
    this.#file = file;
    this.#sink = new LineSink(async (text) => {
      await options.beforeWrite?.();
      await writeFully(file, text, options.path);
    });
  }

  /**
   * Opens or begins a log.
   *
   * @throws {UsageError} When the file cannot be written; when it is to be resumed and is no job log, is one of a later
   * version, belongs to something else, or has a line that is none of a log.
   */
  static async open(options: JoblogOptions): Promise<Joblog> {
    const { path, identity, resume } = options;
    try {
      const earlier = new JoblogRecords(path);
      const begun = resume && await readExisting(path, identity, earlier);
      const file = await open(path, begun ? "a" : "w");
      try {
        const names = [columns, ...options.moreColumns ?? []].join("\t");
        if (!begun) await writeFully(file, `${headerLine(identity)}\n${names}\n`, path);
      } catch (error) {
        await file.close();
        throw error;
      }
      return new Joblog(file, earlier, options);
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      throw new UsageError(`Cannot use the job log ${path}: ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * Logs a job that has ended.
   *
   * @returns Nothing when more may come at once; else a promise to await first, which rejects when the log can no
   * longer be written.
   */
  add(entry: JoblogEntry): Promise<void> | undefined {
    return this.#sink.add(renderEntry(entry));
  }

  /** Writes what is left and makes it durable. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#sink.flush();
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function headerLine(identity: string): string {
  return `${firstField}\t${version}\t${JSON.stringify(identity)}`;
}

function renderEntry(entry: JoblogEntry): string {
  const input = renderResult(entry.input);
  const fields = [
    entry.seq,
    oneLine(entry.node ?? "-", maxInputChars),
    entry.startedAtMs === undefined ? "-" : (entry.startedAtMs / 1000).toFixed(3),
    entry.runtimeMs === undefined ? "-" : (entry.runtimeMs / 1000).toFixed(3),
    entry.status,
    entry.attempt,
    hashText(input).toString(16).padStart(8, "0"),
    oneLine(input, maxInputChars),
    oneLine(entry.error ?? "", maxErrorChars),
    ...(entry.more ?? []).map((text) => oneLine(text, maxMoreChars)),
  ];
  return fields.join("\t") + "\n";
}

/** Fills `records` from the log at `path`; false if there is none. */
async function readExisting(
  path: string,
  identity: string,
  records: JoblogRecords,
): Promise<boolean> {
  const file = await open(path, "r+").catch((error: NodeJS.ErrnoException): undefined => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return false;
  await dropTornLine(file).finally(() => file.close());
  let empty = true;
  for await (const block of readLineBlocks(ChunkSource.file(path), limits.maxJoblogLineBytes)) {
    block.lines.forEach((text, index) => {
      const line = block.firstLine + index;
      if (line === 1) checkHeader(path, text, identity);
      else if (line > 2 && !readEntry(text, records)) {
        throw new UsageError(`Cannot resume from ${path}: line ${line} is no line of a job log`);
      }
    });
    empty = false;
  }
  return !empty;
}

function checkHeader(path: string, text: string, identity: string): void {
  const [first, found, owner] = text.split("\t");
  if (first !== firstField) {
    throw new UsageError(`Cannot resume from ${path}: it is no job log of muster`);
  }
  if (found !== version) {
    throw new UsageError(
      `Cannot resume from ${path}: its format is version ${found}, this program knows ${version}`,
    );
  }
  if (owner !== JSON.stringify(identity)) {
    throw new UsageError(
      `Cannot resume from ${path}: it belongs to ${owner}, not to ${JSON.stringify(identity)}`,
    );
  }
}

function readEntry(text: string, records: JoblogRecords): boolean {
  const fields = text.split("\t");
  const seq = Number(fields[0]);
  const hash = fields[6] ?? "";
  if (fields.length < columnCount || !isJobNumber(seq) || !/^[0-9a-f]{8}$/.test(hash)) return false;
  switch (fields[4]) {
    case "finished":
      records.record(seq, "finished", parseInt(hash, 16));
      return true;
    case "terminated":
    case "abandoned":
      records.record(seq, "failed", parseInt(hash, 16));
      return true;
    case "cancelled":
      // Nothing came of it: whatever was known of the job before still holds.
      return true;
    default:
      return false;
  }
}
