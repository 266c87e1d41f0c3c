import type { FileHandle } from "node:fs/promises";
import { UsageError } from "../../proto/errors.ts";

/**
 * Writes all of a text or bytes at the file's position: one call of `write` may stop short, on a full disk or a pipe.
 *
 * @throws {UsageError} When that fails; the file is one that the user named.
 */
export async function writeFully(
  file: FileHandle,
  content: string | Uint8Array,
  path: string,
): Promise<void> {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  try {
    for (let written = 0; written < bytes.length;) {
      written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
    }
  } catch (cause) {
    throw new UsageError(`Cannot write to ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** What was thrown, in words. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
