/**
 * Where the main modules of Workers and executor processes are. A release artefact carries them inside itself: its
 * build replaces this file (see `scripts/build_module.ts`).
 */

import { fileURLToPath } from "node:url";

/** Main module of a Worker slot. */
export function workerEntry(): URL {
  return new URL("../runtime/worker_entry.ts", import.meta.url);
}

/** Main module of the thread that watches over an executor process. */
export function watcherEntry(): URL {
  return new URL("../runtime/watcher_entry.ts", import.meta.url);
}

/**
 * Main module of an executor process, as a path or URL that the runtime can be started with.
 *
 * @param _folder A private folder, where a release artefact writes its copy.
 */
export function processEntry(_folder: string): string {
  return fileURLToPath(new URL("../runtime/process_entry.ts", import.meta.url));
}
