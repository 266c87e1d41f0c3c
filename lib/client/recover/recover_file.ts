import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import process from "node:process";
import { crc32 } from "node:zlib";
import { UsageError } from "../../proto/errors.ts";
import { FileLock } from "./file_lock.ts";

const magic = Buffer.from("muster recover 1\n");
/** Before each record: its length, the checksum of it and all before, and a checksum of these two. */
const headBytes = 12;

/**
 * Records that outlive the process that wrote them: they are with the kernel when {@link RecoverFile.append} returns.
 * Each is framed, and its checksum covers all before it, so that damage shows, and a record that was cut by a crash is
 * known from one that was damaged.
 */
export class RecoverFile {
  readonly path: string;
  readonly #file: number;
  readonly #lock: FileLock;
  #checksum = 0;
  #endBytes = 0;

  constructor(path: string, file: number, lock: FileLock) {
    this.path = path;
    this.#file = file;
    this.#lock = lock;
  }

  /**
   * Opens a file and makes it if there is none.
   *
   * @throws {UsageError} When another program uses it, others could read it, it is something else, or cannot be made.
   */
  static open(path: string, how: "create" | "existing"): RecoverFile {
    const fd = openPrivate(path, how);
    try {
      return new RecoverFile(path, fd, FileLock.take(path));
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /**
   * Reads all records, oldest first. Call it once, before the first {@link append}.
   *
   * @param onTorn Told if the last one was cut: it is left out.
   * @throws {UsageError} When the file is damaged or is none of muster's.
   */
  *read(onTorn: () => void): Generator<Uint8Array> {
    const { size } = fs.fstatSync(this.#file);
    if (size === 0) return this.#begin();
    const start = this.#bytesAt(0, Math.min(size, magic.length));
    if (!start.equals(magic.subarray(0, start.length))) {
      throw new UsageError(`Cannot use ${this.path}: it is no recover file of muster`);
    }
    let at = magic.length;
    while (at + headBytes <= size) {
      const head = this.#bytesAt(at, headBytes);
      const [length, checksum] = [head.readUInt32LE(0), head.readUInt32LE(4)];
      if (crc32(head.subarray(0, 8)) !== head.readUInt32LE(8)) throw this.#damaged(at);
      if (at + headBytes + length > size) break;
      const record = this.#bytesAt(at + headBytes, length);
      if (crc32(record, this.#checksum) !== checksum) throw this.#damaged(at);
      this.#checksum = checksum;
      at += headBytes + length;
      yield record;
    }
    if (start.length < magic.length) return this.#begin();
    if (at < size) {
      onTorn();
      fs.ftruncateSync(this.#file, at);
    }
    this.#endBytes = at;
  }

  /** Forgets all that was in it. */
  clear(): void {
    fs.ftruncateSync(this.#file, 0);
    this.#begin();
  }

  /**
   * Adds a record.
   *
   * @throws {Error} When the disk does not take it; then nothing is added.
   */
  append(record: Uint8Array): void {
    const checksum = crc32(record, this.#checksum);
    const frame = Buffer.allocUnsafe(headBytes + record.length);
    frame.writeUInt32LE(record.length, 0);
    frame.writeUInt32LE(checksum, 4);
    frame.writeUInt32LE(crc32(frame.subarray(0, 8)), 8);
    frame.set(record, headBytes);
    try {
      this.#write(frame);
    } catch (cause) {
      // Of what was begun nothing may stay, for the next one follows.
      fs.ftruncateSync(this.#file, this.#endBytes);
      const why = (cause as Error).message;
      throw new Error(`Cannot write to the recover file ${this.path}: ${why}`, { cause });
    }
    this.#checksum = checksum;
    this.#endBytes += frame.length;
  }

  /** Brings it to the disk and lets others use it. */
  close(): void {
    try {
      fs.fsyncSync(this.#file);
    } finally {
      fs.closeSync(this.#file);
      this.#lock.release();
    }
  }

  #begin(): void {
    this.#checksum = 0;
    fs.writeSync(this.#file, magic, 0, magic.length, 0);
    fs.ftruncateSync(this.#file, magic.length);
    this.#endBytes = magic.length;
  }

  #write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      done += fs.writeSync(this.#file, bytes, done, bytes.length - done, this.#endBytes + done);
    }
  }

  #bytesAt(position: number, length: number): Buffer<ArrayBuffer> {
    const bytes = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const read = fs.readSync(this.#file, bytes, done, length - done, position + done);
      if (read === 0) throw this.#damaged(position);
      done += read;
    }
    return bytes;
  }

  #damaged(at: number): UsageError {
    return new UsageError(
      `Cannot recover from ${this.path}: what stands at byte ${at} is not as it was written; nothing of it was ` +
        "changed. Put back a copy",
    );
  }
}

function openPrivate(path: string, how: "create" | "existing"): number {
  const { O_RDWR, O_CREAT } = fs.constants;
  let file: number;
  try {
    file = fs.openSync(path, how === "create" ? O_RDWR | O_CREAT : O_RDWR, 0o600);
  } catch (cause) {
    const { code, message } = cause as { readonly code?: string; readonly message: string };
    const why = code === "ENOENT" && how === "existing" ? "there is no such file" : message;
    throw new UsageError(`Cannot open the recover file ${path}: ${why}`, { cause });
  }
  const stats = fs.fstatSync(file);
  const mode = stats.mode & 0o777;
  const problem = !stats.isFile()
    ? "it is no file"
    : process.platform !== "win32" && (mode & 0o077) !== 0
    ? `others can get at it (mode ${mode.toString(8)}); run: chmod 600 ${path}`
    : undefined;
  if (problem === undefined) return file;
  fs.closeSync(file);
  throw new UsageError(`Cannot use the recover file ${path}: ${problem}`);
}
