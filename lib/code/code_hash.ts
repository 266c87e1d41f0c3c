import { createHash } from "node:crypto";
import type { Code } from "../proto/executor.ts";
import type { ComputationId } from "../proto/ids.ts";

/** The id of the computation that a text of code makes. */
export function hashCode({ format, text }: Pick<Code, "format" | "text">): ComputationId {
  return createHash("sha256").update(`${format}\n${text}`).digest("hex") as ComputationId;
}

/** What stack frames of a computation's code are named by. */
export function filenameOf(id: ComputationId): string {
  return `muster:${id.slice(0, 12)}`;
}

/** Whether code is what its id says. */
export function isCodeOf(id: ComputationId, code: Code): boolean {
  return hashCode(code) === id && code.filename === filenameOf(id);
}
