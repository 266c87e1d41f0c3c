import { stat } from "node:fs/promises";
import { pathInside } from "../../code/path_inside.ts";
import { collectFiles, filesToSend, type LocalFile } from "./collect_files.ts";

/** How assets are looked for. */
export type AssetOptions = {
  /** The folder that stands for the folder of a job. */
  readonly base: string;
  /** Told of those that lie outside of it. */
  readonly onWarning: (message: string) => void;
};

/**
 * The files that the user named, and those that the code names beside itself. Of these a missing one is passed over: the
 * code may be about to make it.
 *
 * @throws {UsageError} For a file that may not travel.
 */
export async function withAssets(
  named: readonly LocalFile[],
  assets: readonly string[],
  { base, onWarning }: AssetOptions,
): Promise<readonly LocalFile[]> {
  const known = new Set(named.map(({ path }) => path));
  const paths: string[] = [];
  for (const asset of assets) {
    const stats = await stat(asset).catch((): undefined => undefined);
    if (stats?.isFile() !== true) continue;
    const path = pathInside(base, asset);
    if (path !== undefined) {
      if (!known.has(path)) paths.push(path);
    } else {
      onWarning(
        `Cannot send ${asset}, which the code of the jobs names, to nodes: it lies outside ${base}`,
      );
    }
  }
  return filesToSend([...named, ...await collectFiles(paths, base)]);
}
