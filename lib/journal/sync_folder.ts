import * as fs from "node:fs";
import process from "node:process";

/** Has the names of new files on the disk too. */
export function syncFolder(folder: string): void {
  // Windows has no such thing to ask for.
  if (process.platform === "win32") return;
  const handle = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
