import type { z } from "zod";
import { UsageError } from "../../proto/errors.ts";

/** A value that cannot be used, with where it was seen. */
export type SettingProblem = { readonly key: string; readonly seen: unknown; readonly why: string };

/**
 * Checks options by the names of the flags.
 *
 * @param fail Makes the error for the first that cannot be used.
 */
export function checkSettings<Schema extends z.ZodType>(
  schema: Schema,
  raw: unknown,
  fail: (problem: SettingProblem) => UsageError,
): z.infer<Schema> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    throw fail({ key, seen: valueAt(raw, [key]), why: "there is no option of that name" });
  }
  const keys = issue?.path ?? [];
  throw fail({
    key: String(keys[0] ?? ""),
    seen: valueAt(raw, keys),
    why: issue?.message ?? "it cannot be used",
  });
}

/**
 * Checks flags, as the command line has them: texts, lists of texts and booleans.
 *
 * @param numbers Names of those that are whole numbers.
 * @throws {UsageError} Naming the flag.
 */
export function checkFlags<Schema extends z.ZodType>(
  schema: Schema,
  rawFlags: Readonly<Record<string, unknown>>,
  numbers: ReadonlySet<string>,
): z.infer<Schema> {
  const raw = Object.entries(rawFlags).map(([key, value]) => {
    const isNumber = numbers.has(key) && /^-?\d+$/.test(String(value));
    return [key, isNumber ? Number(value) : value];
  });
  return checkSettings(schema, Object.fromEntries(raw), ({ key, seen, why }) => {
    const flag = `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return new UsageError(`Cannot use ${flag} ${String(seen)}: ${why}`);
  });
}

function valueAt(raw: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((value, key) => Object(value)[key], raw);
}
