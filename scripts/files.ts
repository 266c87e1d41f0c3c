import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of the repository, without a slash at its end. */
export const root: string = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** Folders whose files are data of tests or belong to others: never checked, never run as tests. */
const excluded = new Set(["node_modules", "tests/fixtures", "bench/peers"]);

/**
 * Files below some paths of the repository, sorted, with `/` between folders.
 *
 * @param paths Files or folders, relative to the repository; those that do not exist are passed over.
 * @param keep Tells which of the files are wanted.
 * @returns Paths relative to the repository.
 */
export function listFiles(paths: readonly string[], keep: (path: string) => boolean): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    if (excluded.has(path) || path.endsWith("/node_modules")) return;
    if (!statSync(`${root}/${path}`).isDirectory()) {
      if (keep(path)) found.push(path);
      return;
    }
    for (const name of readdirSync(`${root}/${path}`)) visit(`${path}/${name}`);
  };
  for (const path of paths) if (existsSync(`${root}/${path}`)) visit(path);
  return found.sort();
}
