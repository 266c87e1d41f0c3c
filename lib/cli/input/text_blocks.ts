import { isUtf8 } from "node:buffer";
import { inputError } from "./input_error.ts";
import type { ChunkSource } from "./chunk_source.ts";

const newline = 0x0a;

/** The lines of an input that one read completed. */
export type LineBlock = {
  /** Number of the first of `lines`, from 1. */
  readonly firstLine: number;
  /** Without their line ends; the `\r` of a `\r\n` belongs to the line end. */
  readonly lines: readonly string[];
};

/**
 * Cuts bytes into lines. A chunk is decoded and split as a whole, which is several times faster than line by line, and
 * a block holds what one chunk completed, so memory stays flat and a line waits for nothing but its own end.
 *
 * A byte order mark at the start is dropped; a last line needs no line end.
 *
 * @param maxLineBytes Longest line taken, in bytes without its line end.
 * @throws {UsageError} For a longer line, or bytes that are not UTF-8, naming the line.
 */
export async function* readLineBlocks(
  source: ChunkSource,
  maxLineBytes: number,
): AsyncGenerator<LineBlock> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let line = 1;
  for await (const chunk of source.chunks()) {
    const end = chunk.lastIndexOf(newline);
    if (end === -1) {
      pending.push(chunk);
      pendingBytes += chunk.length;
    } else {
      pending.push(chunk.subarray(0, end));
      const lines = decodeLines(pending, source.name, line, maxLineBytes);
      const rest = chunk.subarray(end + 1);
      pending = rest.length === 0 ? [] : [rest];
      pendingBytes = rest.length;
      yield { firstLine: line, lines };
      line += lines.length;
    }
    if (pendingBytes > maxLineBytes + 1) throw tooLong(source.name, line, maxLineBytes);
  }
  if (pendingBytes === 0 || source.stopped) return;
  yield { firstLine: line, lines: decodeLines(pending, source.name, line, maxLineBytes) };
}

function decodeLines(
  parts: readonly Uint8Array[],
  name: string,
  firstLine: number,
  maxLineBytes: number,
): string[] {
  const bytes = Buffer.concat(parts);
  if (bytes.length > maxLineBytes) checkLengths(bytes, name, firstLine, maxLineBytes);
  if (!isUtf8(bytes)) throw notUtf8(bytes, name, firstLine);
  let text = bytes.toString("utf8");
  if (firstLine === 1 && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  const lines = text.split("\n");
  if (text.includes("\r")) {
    lines.forEach((line, index) => {
      if (line.endsWith("\r")) lines[index] = line.slice(0, -1);
    });
  }
  return lines;
}

function* byteLines(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(newline, start);
    if (end === -1) break;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
  yield bytes.subarray(start);
}

function checkLengths(
  bytes: Uint8Array,
  name: string,
  firstLine: number,
  maxLineBytes: number,
): void {
  let line = firstLine;
  for (const each of byteLines(bytes)) {
    const length = each.at(-1) === 0x0d ? each.length - 1 : each.length;
    if (length > maxLineBytes) throw tooLong(name, line, maxLineBytes);
    line += 1;
  }
}

function tooLong(name: string, line: number, maxLineBytes: number): Error {
  return inputError({ name, line }, `the line is longer than ${maxLineBytes} bytes`);
}

function notUtf8(bytes: Uint8Array, name: string, firstLine: number): Error {
  const [first, second] = bytes;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  let line = firstLine;
  for (const each of byteLines(bytes)) {
    if (!isUtf8(each)) break;
    line += 1;
  }
  const hint = firstLine === 1 && utf16 ? " (it looks like UTF-16)" : "";
  return inputError({ name, line }, `the text is not UTF-8${hint}`);
}
