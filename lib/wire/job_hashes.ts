/** Digests of many jobs' arguments. Short arguments are their own digest, which need not be told beside them. */
import type { Packed } from "../proto/executor.ts";
import type { BatchReader, BatchWriter } from "./batch.ts";
import { asText, malformed } from "./batch_items.ts";

const maxHashChars = 128;
/** What the digest begins with that is the arguments themselves. */
const plainMark = "=";

/** Adds the digest of each job, or null where it is a mark and the arguments. */
export function addHashes(
  batch: BatchWriter,
  jobs: readonly { readonly hash: string }[],
  args: readonly (Packed | undefined)[],
): void {
  batch.addEach(jobs.map(({ hash }, index) => isPlain(hash, args[index]) ? null : hash));
}

/** Reads what {@link addHashes} added. */
export function readDigests(batch: BatchReader, count: number): readonly (string | undefined)[] {
  return batch.each(count, readDigest);
}

/**
 * The digest of a job.
 *
 * @throws {MalformedTupleError} If it is not told, and its arguments are no text that could be one.
 */
export function hashOf(digest: string | undefined, args: Packed | undefined): string {
  if (digest !== undefined) return digest;
  if (typeof args === "string" && args.length < maxHashChars) return plainMark + args;
  throw malformed("no digest where one belongs");
}

function isPlain(hash: string, args: Packed | undefined): boolean {
  return typeof args === "string" && hash.length === args.length + 1 &&
    hash.length <= maxHashChars && hash.startsWith(plainMark) && hash.endsWith(args);
}

function readDigest(item: unknown): string | undefined {
  return item === null ? undefined : asText(maxHashChars)(item);
}
