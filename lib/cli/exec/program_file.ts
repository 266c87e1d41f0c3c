import { realpathSync, statSync } from "node:fs";
import { isAbsolute, normalize, relative, sep } from "node:path";
import { isScript } from "./program_calls.ts";

/**
 * The file that a command runs, if it lies below the working directory: a node has it from here, for there the working
 * directory is another. Others, such as those of the PATH, nodes have themselves.
 *
 * @param program The first word of the command.
 */
export function programFile(program: string): string | undefined {
  if (isAbsolute(program) || !(program.includes("/") || isScript(program))) return undefined;
  if (statSync(program, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const place = relative(realpathSync("."), realpathSync(program));
  return place === ".." || place.startsWith(`..${sep}`) ? undefined : normalize(program);
}
