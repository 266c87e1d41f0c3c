import { CsvError, parse, type Parser } from "csv-parse";
import { Readable } from "node:stream";
import type { ChunkSource } from "./chunk_source.ts";
import { inputError } from "./input_error.ts";
import { utf8Chunks } from "./utf8_chunks.ts";

export type CsvOptions = {
  readonly delimiter: "," | "\t";
  /** Longest row taken, in bytes. */
  readonly maxRowBytes: number;
};

/**
 * Reads CSV as RFC 4180 has it. The first row names the columns, and each later row becomes an object of strings.
 * Empty rows are passed over; values are not trimmed and stay strings, for only the user's function knows that a
 * postal code is not a number.
 *
 * @throws {UsageError} For a row with more or fewer fields than the header, misplaced quotes, a header that names a
 * column twice or not at all, or bytes that are not UTF-8.
 */
export async function* readCsv(
  source: ChunkSource,
  options: CsvOptions,
): AsyncGenerator<unknown[]> {
  const parser = parse({
    bom: true,
    columns: (header: readonly string[]) => checkHeader(source.name, header),
    delimiter: options.delimiter,
    max_record_size: options.maxRowBytes,
    skip_empty_lines: true,
  });
  const bytes = Readable.from(utf8Chunks(source), { objectMode: false });
  bytes.once("error", (error) => parser.destroy(error));
  bytes.pipe(parser);
  try {
    yield* recordBatches(parser);
  } catch (error) {
    // A stopped input ends in the middle of a row, which is no fault of the file.
    if (source.stopped) return;
    throw error instanceof CsvError ? csvProblem(source.name, error) : error;
  } finally {
    bytes.destroy();
    parser.destroy();
  }
}

/** Whatever the parser has ready, at once: its own iterator would cost a promise a row. */
async function* recordBatches(parser: Parser): AsyncGenerator<unknown[]> {
  let failure: unknown;
  let over = false;
  let wake = (): void => {};
  const settle = (error?: unknown): void => {
    failure ??= error;
    over = true;
    wake();
  };
  parser.once("end", () => settle()).once("error", settle).once("close", () => settle());
  parser.on("readable", () => wake());
  for (;;) {
    const woken = new Promise<void>((resolve) => wake = resolve);
    const batch: unknown[] = [];
    for (let row: unknown = parser.read(); row !== null; row = parser.read()) batch.push(row);
    if (batch.length > 0) yield batch;
    else if (failure !== undefined) throw failure;
    else if (over) return;
    else await woken;
  }
}

function checkHeader(name: string, header: readonly string[]): string[] {
  const seen = new Set<string>();
  for (const column of header) {
    if (column === "" || column === "__proto__" || seen.has(column)) {
      const problem = seen.has(column) ? "twice" : "which no column may be called";
      throw inputError({ name, line: 1 }, `the header names a column "${column}", ${problem}`);
    }
    seen.add(column);
  }
  return [...header];
}

function csvProblem(name: string, error: CsvError): Error {
  const line = typeof error["lines"] === "number" ? error["lines"] : 1;
  if (error.code === "CSV_RECORD_INCONSISTENT_COLUMNS") {
    const row: unknown = error["record"];
    const header: unknown = error["columns"];
    const found = Array.isArray(row) ? row.length : "other";
    const expected = Array.isArray(header) ? header.length : "other";
    return inputError({ name, line }, `the row has ${found} fields, the header ${expected}`, error);
  }
  return inputError({ name, line }, lowerFirst(error.message), error);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
