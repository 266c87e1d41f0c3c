import { createHash } from "node:crypto";
import type { Packed } from "../../proto/executor.ts";

/** Texts up to this length are their own digest: that is quicker, and as short. */
const maxPlainChars = 40;

/** What tells jobs of one id apart: a digest of the arguments. */
export function hashArgs(args: Packed): string {
  if (typeof args === "string" && args.length <= maxPlainChars) return `=${args}`;
  return createHash("sha256").update(args).digest("hex");
}
