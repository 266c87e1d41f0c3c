import { isAbsolute, relative, sep } from "node:path";

/** The path of a file relative to a folder, with "/" between its parts; undefined if it is not inside. */
export function pathInside(folder: string, file: string): string | undefined {
  const path = relative(folder, file);
  if (path === "" || path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path)) {
    return undefined;
  }
  return path.split(sep).join("/");
}
