import { statSync } from "node:fs";
import { UsageError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { assertNever } from "../../proto/states.ts";
import { ChunkSource } from "./chunk_source.ts";
import { readCsv } from "./csv.ts";
import { formatFor, type InputFormat } from "./format.ts";
import { globPaths } from "./glob.ts";
import { readJsonArray } from "./json_array.ts";
import { findJsonProblem } from "./json_stream.ts";
import { readNdjson } from "./ndjson.ts";
import { readLineBlocks } from "./text_blocks.ts";

/** Where inputs come from. */
export type InputSource =
  /** Words of the command line: strings as they stand, or JSON when the format says so. */
  | { readonly kind: "arguments"; readonly values: readonly string[] }
  /** A file; its extension chooses the format when none is given. */
  | { readonly kind: "file"; readonly path: string }
  /** A stream such as `process.stdin`; read as lines when no format is given. `name` is for messages. */
  | { readonly kind: "stream"; readonly stream: AsyncIterable<Uint8Array>; readonly name: string }
  /** The paths that match, as {@link globPaths} finds them. */
  | { readonly kind: "glob"; readonly patterns: readonly string[] };

export type InputOptions = {
  /** @default What the source itself says: see {@link InputSource}. */
  readonly format?: InputFormat;
  /** Longest line, row or array element, in bytes. @default limits.maxInputLineBytes */
  readonly maxLineBytes?: number;
};

/**
 * Inputs, one by one. They can be gone through once. Leaving the loop early lets go of the file or stream, at once
 * even while a read is pending.
 */
export type Inputs = AsyncIterable<unknown> & {
  /** How many there are, where that is known without reading them. */
  readonly total: number | undefined;
  /** The same inputs as arrays of what each read brought: about twice as fast as one by one. */
  readonly batches: AsyncIterable<readonly unknown[]>;
};

/**
 * Makes a source ready to be read, and fails now rather than later where that is possible: for a missing file, a
 * pattern that matches nothing, an argument that is not JSON.
 *
 * What becomes of each format:
 * - `lines`: each line is a string, without its line end. An empty line is an empty string, so that the n-th result
 *   belongs to the n-th line.
 * - `ndjson`: each line is one JSON value. Blank lines are passed over.
 * - `json`: the elements of one array.
 * - `csv`, `tsv`: the first row names the columns; each later row is an object of strings. Empty rows are passed over.
 *
 * Text is UTF-8, with or without a byte order mark; lines end in `\n` or `\r\n`, and the last one need not. All is
 * read as a stream: memory holds a few hundred kilobytes, however long the input.
 *
 * @throws {UsageError} As above; and while iterating, for text that is not of the format, naming file, line and column.
 */
export async function openInputs(
  source: InputSource,
  options: InputOptions = {},
): Promise<Inputs> {
  switch (source.kind) {
    case "arguments":
      return fixedInputs(argumentValues(source.values, options.format));
    case "glob":
      if (options.format !== undefined && options.format !== "lines") {
        throw new UsageError(
          `Cannot use format ${options.format} with a glob: the inputs are the paths themselves`,
        );
      }
      return fixedInputs(await globPaths(source.patterns));
    case "file":
      checkReadable(source.path);
      return streamedInputs(
        ChunkSource.file(source.path),
        options.format ?? formatFor(source.path),
        options.maxLineBytes,
      );
    case "stream":
      return streamedInputs(
        new ChunkSource(source.name, () => source.stream),
        options.format ?? "lines",
        options.maxLineBytes,
      );
    default:
      return assertNever(source);
  }
}

function argumentValues(
  values: readonly string[],
  format: InputFormat = "lines",
): readonly unknown[] {
  switch (format) {
    case "lines":
      return values;
    case "json":
    case "ndjson":
      return values.map((text, index) => {
        try {
          return JSON.parse(text);
        } catch (cause) {
          const { column, problem } = findJsonProblem(text);
          throw new UsageError(
            `Cannot read inputs: argument ${index + 1}, column ${column}: ${problem}`,
            { cause },
          );
        }
      });
    case "csv":
    case "tsv":
      throw new UsageError(`Cannot read arguments as ${format}: give a file or standard input`);
    default:
      return assertNever(format);
  }
}

function checkReadable(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`Cannot read inputs from ${path}: no such file`);
  if (stats.isDirectory()) {
    throw new UsageError(`Cannot read inputs from ${path}: it is a folder`);
  }
}

function readBatches(
  source: ChunkSource,
  format: InputFormat,
  maxLineBytes: number,
): AsyncGenerator<readonly unknown[]> {
  switch (format) {
    case "lines":
      return readLines(source, maxLineBytes);
    case "ndjson":
      return readNdjson(source, maxLineBytes);
    case "json":
      return readJsonArray(source, maxLineBytes);
    case "csv":
      return readCsv(source, { delimiter: ",", maxRowBytes: maxLineBytes });
    case "tsv":
      return readCsv(source, { delimiter: "\t", maxRowBytes: maxLineBytes });
    default:
      return assertNever(format);
  }
}

async function* readLines(
  source: ChunkSource,
  maxLineBytes: number,
): AsyncGenerator<readonly string[]> {
  for await (const block of readLineBlocks(source, maxLineBytes)) yield block.lines;
}

function fixedInputs(values: readonly unknown[]): Inputs {
  const batches = async function* (): AsyncGenerator<readonly unknown[]> {
    if (values.length > 0) yield values;
  };
  return inputsOf(values.length, () => {}, batches());
}

function streamedInputs(
  source: ChunkSource,
  format: InputFormat,
  maxLineBytes: number = limits.maxInputLineBytes,
): Inputs {
  return inputsOf(undefined, () => source.stop(), readBatches(source, format, maxLineBytes));
}

function inputsOf(
  total: number | undefined,
  stop: () => void,
  generator: AsyncGenerator<readonly unknown[]>,
): Inputs {
  const batches: AsyncIterableIterator<readonly unknown[]> = {
    next: () => generator.next(),
    async return() {
      // First: the generator handles its `return` only after the read that it waits for.
      stop();
      await generator.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => batches,
  };
  return { total, batches, [Symbol.asyncIterator]: () => oneByOne(batches) };
}

/** Written by hand: an async generator would cost three promises a value where this costs one. */
function oneByOne(batches: AsyncIterator<readonly unknown[]>): AsyncIterator<unknown> {
  let batch: readonly unknown[] = [];
  let index = 0;
  let refilling: Promise<unknown> | undefined;
  const refill = async (): Promise<IteratorResult<unknown>> => {
    const result = await batches.next();
    if (result.done) return { done: true, value: undefined };
    batch = result.value;
    index = 1;
    return { done: false, value: batch[0] };
  };
  const next = (): Promise<IteratorResult<unknown>> => {
    if (index < batch.length) return Promise.resolve({ done: false, value: batch[index++] });
    // Whoever asks while a read is under way waits for it, or two reads would overwrite each other.
    if (refilling !== undefined) return refilling.then(next, next);
    const refilled = refill().finally(() => refilling = undefined);
    refilling = refilled;
    return refilled;
  };
  return {
    next,
    async return() {
      batch = [];
      await batches.return?.();
      return { done: true, value: undefined };
    },
  };
}
