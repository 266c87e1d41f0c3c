import { z } from "zod";
import { logLevels } from "../../platform/logger.ts";
import { UsageError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { tagSchema } from "../../client/requirements.ts";

const wholeNumber = z.int({ error: "give a whole number" });
const path = z.string({ error: "give a path" }).min(1, "give a path");
const address = z.string({ error: "give an address" }).min(1, "give an address");
const addresses = z.array(address, { error: "give a list" }).min(1, "give an address");

/** What a file of options may hold, by the names of the flags. */
const settingsSchema = z.strictObject({
  name: z.string({ error: "give a name" }).min(1, "give a name").refine(
    (name) => new TextEncoder().encode(name).length <= limits.maxNameBytes,
    `give a name of at most ${limits.maxNameBytes} bytes`,
  ).optional(),
  cpus: wholeNumber.refine(
    (cpus) => cpus !== 0 && cpus <= limits.maxSlots,
    `give 1 to ${limits.maxSlots}, or a negative number to leave so many cores free`,
  ).optional(),
  host: addresses.optional(),
  port: wholeNumber.refine((port) => port >= 0 && port <= 65_535, "give a port").optional(),
  extHost: addresses.max(
    limits.maxDiscoveryAddresses,
    `give at most ${limits.maxDiscoveryAddresses} addresses`,
  ).optional(),
  join: addresses.optional(),
  dial: addresses.max(limits.maxNodes, `give at most ${limits.maxNodes} addresses`).optional(),
  tag: z.array(tagSchema, { error: "give a list" })
    .max(limits.maxTags, `give at most ${limits.maxTags} tags`).optional(),
  isolation: z.enum(["process", "worker"], { error: "give process or worker" }).optional(),
  destPath: path.optional(),
  secretFile: path.optional(),
  logLevel: z.enum(logLevels, { error: `give ${logLevels.join(", ")}` }).optional(),
});

/** Options of a node that were given, by flags or in a file. */
export type NodeSettings = z.infer<typeof settingsSchema>;

/** A value that cannot be used, with where it was seen. */
export type SettingProblem = { readonly key: string; readonly seen: unknown; readonly why: string };

/**
 * Checks options by the names of the flags.
 *
 * @param fail Makes the error for the first that cannot be used.
 */
export function checkSettings(
  raw: unknown,
  fail: (problem: SettingProblem) => UsageError,
): NodeSettings {
  const parsed = settingsSchema.safeParse(raw);
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

function valueAt(raw: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((value, key) => Object(value)[key], raw);
}
