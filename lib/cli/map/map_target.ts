import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../../proto/errors.ts";

/** The function that `muster map` runs. */
export type MapTarget = {
  readonly url: string;
  readonly exportName: string;
  /** What a job log names it by. */
  readonly identity: string;
};

/**
 * Reads `module[#export]`: a path or `file:` URL, and the name of an export, the default one if it is left out.
 *
 * @throws {UsageError} When there is no such file.
 */
export function parseTarget(text: string): MapTarget {
  const hash = text.lastIndexOf("#");
  // A file may have a # in its name.
  const hasExport = hash > 0 && !existsSync(text);
  const module = hasExport ? text.slice(0, hash) : text;
  const exportName = hasExport ? text.slice(hash + 1) : "default";
  if (exportName === "") {
    throw new UsageError(`Cannot use ${text}: name an export after the #, or leave the # out`);
  }
  const path = module.startsWith("file:") ? fileURLToPath(module) : resolve(module);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`Cannot find the module ${module}`);
  if (!stats.isFile()) throw new UsageError(`Cannot run ${module}: it is no file`);
  return { url: pathToFileURL(path).href, exportName, identity: `${module}#${exportName}` };
}
