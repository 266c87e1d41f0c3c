import { rmSync } from "node:fs";

/** Removes the folder of a host that was killed: nobody else does. */
export function removeHostFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Other processes of the same host are at it as well.
  }
}
