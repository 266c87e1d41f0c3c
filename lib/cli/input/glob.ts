import { statSync } from "node:fs";
import { glob } from "node:fs/promises";
import { UsageError } from "../../proto/errors.ts";

/**
 * The paths that match any of `patterns`, each once, in the order of their UTF-16 code units, relative where the
 * pattern is relative.
 *
 * `*` and `?` stay within one folder, `**` goes through any number, `{a,b}` and `[a-z]` choose. Names that begin with a
 * dot match only a pattern that writes the dot. `**` does not follow links to folders, so a loop of links ends.
 * Folders are left out, unless the pattern ends in `/`: then only they are taken.
 *
 * @throws {UsageError} When a pattern matches nothing: it is more often misspelt than meant.
 */
export async function globPaths(patterns: readonly string[]): Promise<string[]> {
  const paths = new Set<string>();
  for (const pattern of patterns) {
    const wantsFolders = pattern.endsWith("/");
    const before = paths.size;
    let known = 0;
    for await (const path of glob(pattern)) {
      const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
      if (isFolder !== wantsFolders) continue;
      if (paths.has(path)) known += 1;
      else paths.add(path);
    }
    if (paths.size === before && known === 0) {
      throw new UsageError(
        `Cannot find inputs: no ${wantsFolders ? "folder" : "file"} matches ${pattern}`,
      );
    }
  }
  return [...paths].sort();
}
