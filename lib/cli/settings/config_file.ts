import type { z } from "zod";
import { dirname, resolve } from "node:path";
import { readPolicyFile } from "../../net/key_files.ts";
import { UsageError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { shorten } from "../output/plain_text.ts";
import { ReplacedFile } from "../output/replaced_file.ts";
import { messageOf, writeFully } from "../output/write_fully.ts";
import { checkSettings } from "./check_settings.ts";

const maxSeenChars = 80;

/**
 * Reads a file of options: JSON, by the names of the flags in camelCase. Relative paths in it begin at its folder.
 *
 * @param paths Names of the options that are paths.
 * @throws {UsageError} Naming the file, and the key and value that cannot be used.
 */
export function readConfigFile<Schema extends z.ZodObject>(
  file: string,
  schema: Schema,
  paths: readonly (keyof z.infer<Schema>)[],
): z.infer<Schema> {
  const raw = parseObject(file, readPolicyFile(file, limits.maxConfigChars));
  const settings = checkSettings(schema, raw, ({ key, seen, why }) => {
    const value = shorten(JSON.stringify(seen), maxSeenChars);
    return new UsageError(`Cannot use ${file}: "${key}": ${value}: ${why}`);
  });
  const resolved: z.infer<Schema> = { ...settings };
  for (const path of paths) {
    const value: unknown = settings[path];
    if (typeof value !== "string") continue;
    Object.assign(resolved, { [path]: resolve(dirname(file), value) });
  }
  return resolved;
}

/**
 * Writes a file of options that only its owner can read, in place of one that is there.
 *
 * @throws {UsageError} When it cannot be written.
 */
export async function writeConfigFile(file: string, settings: object): Promise<void> {
  const written = await ReplacedFile.create(resolve(file), 0o600).catch((cause: unknown) => {
    throw new UsageError(`Cannot write ${file}: ${messageOf(cause)}`, { cause });
  });
  await writeFully(written.handle, `${JSON.stringify(settings, undefined, 2)}\n`, file);
  await written.commit();
}

function parseObject(file: string, text: string | undefined): object {
  if (text === undefined) throw new UsageError(`Cannot read ${file}: there is no such file`);
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`Cannot use ${file}: it is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) return raw;
  throw new UsageError(`Cannot use ${file}: give an object such as {"cpus": 2}`);
}
