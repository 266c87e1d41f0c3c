import type { z } from "zod";
import { UsageError } from "../proto/errors.ts";

/**
 * Checks options.
 *
 * @throws {UsageError} Naming the option and the value seen.
 */
export function checkOptions(schema: z.ZodType, options: object): void {
  const result = schema.safeParse(options);
  if (result.success) return;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const name = path.filter((key) => typeof key === "string").join(".");
  if (issue?.code === "unrecognized_keys") {
    const unknown = name === "" ? issue.keys[0] : `${name}.${issue.keys[0]}`;
    throw new UsageError(`Cannot use option ${unknown}: there is none of that name`);
  }
  const seen = path.reduce<unknown>((value, key) => Object(value)[key], options);
  throw new UsageError(`Cannot use option ${name} (${describeValue(seen)}): ${issue?.message}`);
}

/** A value in a message of one line. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "number":
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    case "undefined":
      return "undefined";
    default:
      return `a ${typeof value}`;
  }
}
