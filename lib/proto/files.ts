import { limits } from "./limits.ts";

/** SHA-256 of a file's bytes, in hex. */
export type FileHash = string & { readonly __brand: "FileHash" };

/** A file that travels with a computation. */
export type FileEntry = {
  /** Where it lies below the folder that both sides agree on, with `/` between folders. */
  readonly path: string;
  readonly size: number;
  readonly isExecutable: boolean;
  readonly hash: FileHash;
};

/** Why files cannot travel, and which one is to blame; undefined if they can. */
export type FileProblem = { readonly path: string; readonly why: string } | undefined;

/** The folder among a job's files that is muster's own. */
export const ownFolder = ".muster";

/** What a Windows host would take for a device, or for a part of another file. */
const windowsOnly = /[<>:"|?*]|(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\/|$)|[. ](?:\/|$)/i;

/**
 * Why a path may not name a file below a folder; undefined if it may. Both sides ask: a host never trusts the other
 * to have done so.
 *
 * @param isWindows Whether the file is to be written on Windows, where more names mean something else.
 */
export function whyBadPath(path: string, isWindows: boolean): string | undefined {
  if (path === "") return "it has no name";
  if (!path.isWellFormed()) return "its name is no text";
  if (new TextEncoder().encode(path).length > limits.maxFilePathBytes) {
    return `its path has more than ${limits.maxFilePathBytes} bytes`;
  }
  if (path.startsWith("/") || /^[a-z]:/i.test(path)) return "its path is not relative";
  if (/[\\\p{Cc}]/u.test(path)) return "its path has a backslash or a control character";
  const parts = path.split("/");
  if (parts.includes("..")) return "its path leads out of the folder";
  if (parts.some((part) => part === "" || part === ".")) return "its path has empty parts";
  if (parts[0] === ownFolder) return `${ownFolder} is muster's own folder`;
  if (isWindows && windowsOnly.test(path)) return "its name means something else on Windows";
  return undefined;
}

/** Which files of a list may not travel, and why. */
export function findFileProblem(
  files: readonly Omit<FileEntry, "hash">[],
  isWindows: boolean,
): FileProblem {
  if (files.length > limits.maxFiles) {
    return { path: `${files.length} files`, why: `${limits.maxFiles} are the most` };
  }
  const paths = new Set<string>();
  const folders = new Set<string>();
  let bytes = 0;
  for (const { path, size } of files) {
    const why = whyBadPath(path, isWindows);
    if (why !== undefined) return { path, why };
    if (paths.has(path)) return { path, why: "it is there twice" };
    paths.add(path);
    for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
      folders.add(path.slice(0, at));
    }
    bytes += size;
    if (bytes > limits.maxFilesBytes) {
      return { path, why: `all files together have more than ${limits.maxFilesBytes} bytes` };
    }
  }
  const both = files.find(({ path }) => folders.has(path));
  return both === undefined ? undefined : { path: both.path, why: "it is a file and a folder" };
}
