import { z } from "zod";
import { formatByteSize, parseByteSize } from "../proto/byte_size.ts";
import { limits } from "../proto/limits.ts";

const form = `give at least ${
  formatByteSize(limits.minMemoryLimitBytes)
}, in bytes or as a text such as "512MB" or "2GiB"`;

/** A limit of memory as users give it: bytes, or a text. */
export const memoryLimitSchema = z.union([z.number().int(), z.string()], { error: form }).refine(
  (limit) => (bytesOf(limit) ?? 0) >= limits.minMemoryLimitBytes,
  form,
);

/** The bytes of a limit; undefined if there is none, or its text is no size. */
export function bytesOf(limit: number | string | undefined): number | undefined {
  return typeof limit === "string" ? parseByteSize(limit) : limit;
}
