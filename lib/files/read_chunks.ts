import type { FileHandle } from "node:fs/promises";
import { limits } from "../proto/limits.ts";

/**
 * The first `size` bytes of a file in chunks, each with a buffer of its own; of an empty file, one empty chunk.
 *
 * @throws {Error} When the file has fewer.
 */
export async function* readChunks(
  file: FileHandle,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (size === 0) yield new Uint8Array();
  for (let at = 0; at < size;) {
    const chunk = new Uint8Array(Math.min(limits.fileChunkBytes, size - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) throw new Error("it has become shorter");
    yield chunk.subarray(0, bytesRead);
    at += bytesRead;
  }
}
