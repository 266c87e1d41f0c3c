import * as fs from "node:fs";
import { crc32 } from "node:zlib";

const fileBytes = 16;
const version = 1;

/**
 * Remembers beside the database up to where it was durable. A database alone cannot tell a tail that was lost from one
 * that never was: SQLite ends its history at the first damage of the write-ahead log. The mark is written after each
 * commit and synced now and then, so that it may be behind but never ahead.
 */
export class MarkFile {
  readonly #file: number;
  readonly #bytes = new Uint8Array(fileBytes);

  /** Opens or makes the file, on the disk and readable for its owner alone. */
  constructor(path: string, seq: number) {
    this.#file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    this.write(seq);
    this.sync();
  }

  write(seq: number): void {
    const view = new DataView(this.#bytes.buffer);
    view.setUint32(0, version, true);
    view.setFloat64(4, seq, true);
    view.setUint32(12, crc32(this.#bytes.subarray(0, 12)), true);
    fs.writeSync(this.#file, this.#bytes, 0, fileBytes, 0);
  }

  /** Brings what was written to the disk. */
  sync(): void {
    fs.fsyncSync(this.#file);
  }

  close(): void {
    fs.closeSync(this.#file);
  }
}

/** The number in a mark file: undefined if there is no file or nothing was written yet, `"damaged"` if it holds none. */
export function readMark(path: string): number | "damaged" | undefined {
  let bytes: Uint8Array;
  try {
    bytes = fs.readFileSync(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
  if (bytes.length === 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length !== fileBytes || view.getUint32(0, true) !== version) return "damaged";
  if (view.getUint32(12, true) !== crc32(bytes.subarray(0, 12))) return "damaged";
  return view.getFloat64(4, true);
}
