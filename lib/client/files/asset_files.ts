import { stat } from "node:fs/promises";
import { pathInside } from "../../code/path_inside.ts";
import { collectFiles, type LocalFile } from "./collect_files.ts";

/** What the files of a cluster are found by. */
export type FileChoice = {
  /** What the user named; see {@link collectFiles}. */
  readonly files: readonly string[];
  readonly base: string;
  readonly onWarning: (message: string) => void;
};

/**
 * The files that the user named, and those that the code names beside itself. Of these a missing one is passed over: the
 * code may be about to make it.
 *
 * @throws {UsageError} For a file that may not travel.
 */
export async function withAssets(
  { files, base, onWarning }: FileChoice,
  assets: readonly string[],
): Promise<LocalFile[]> {
  const paths: string[] = [];
  for (const asset of assets) {
    const stats = await stat(asset).catch((): undefined => undefined);
    if (stats?.isFile() !== true) continue;
    const path = pathInside(base, asset);
    if (path !== undefined) paths.push(path);
    else {
      onWarning(
        `Cannot send ${asset}, which the code of the jobs names, to nodes: it lies outside ${base}`,
      );
    }
  }
  return await collectFiles([...files, ...paths], base);
}
