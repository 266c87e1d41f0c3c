import { type FileEntry, type FileHash } from "../proto/files.ts";
import { limits } from "../proto/limits.ts";
import { MalformedTupleError, type TupleItem, type TupleReader } from "./tuple.ts";

/** A file of a manifest as items of a tuple; its hash as the text that names it. */
export function fileItems({ path, size, isExecutable, hash }: FileEntry): TupleItem[] {
  return [path, size, isExecutable, hash];
}

/**
 * Reads a manifest. Whether its paths may be used is for the host to say: that depends on its system.
 *
 * @throws {MalformedTupleError} for anything that {@link fileItems} does not write.
 */
export function readFiles(reader: TupleReader): FileEntry[] {
  const readEntry = (): FileEntry => ({
    path: reader.text(limits.maxFilePathBytes),
    size: reader.uint(limits.maxFilesBytes),
    isExecutable: reader.boolean(),
    hash: readHash(reader),
  });
  return reader.list(() => reader.tuple(4, readEntry), limits.maxFiles);
}

/** Reads places in a manifest. */
export function readPlaces(reader: TupleReader): number[] {
  return reader.list(() => readPlace(reader), limits.maxFiles);
}

/** Reads one place in a manifest. */
export function readPlace(reader: TupleReader): number {
  return reader.uint(limits.maxFiles - 1);
}

/** Reads a part of a file. */
export function readChunk(reader: TupleReader): Uint8Array {
  return reader.bytes(limits.fileChunkBytes);
}

/** Reads a number of bytes that were written. */
export function readWritten(reader: TupleReader): number {
  return reader.uint(limits.fileWindowBytes);
}

function readHash(reader: TupleReader): FileHash {
  const text = reader.text(64);
  if (/^[0-9a-f]{64}$/.test(text)) return text as FileHash;
  throw new MalformedTupleError("Cannot read a message: it has a hash that is none");
}
