import process from "node:process";

/** The path of a socket between processes of this machine: a file of `folder`, or a named pipe where those stand for it. */
export function localSocketPath(folder: string, name: string): string {
  if (process.platform !== "win32") return `${folder}/${name}`;
  return `\\\\.\\pipe\\${folder.replaceAll(/[^\w]/g, "-")}-${name}`;
}
