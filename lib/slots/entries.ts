/**
 * Where the main modules of Workers and executor processes are. A release artefact carries them inside itself: its
 * build puts `scripts/build/inlined_entries.ts` in the place of this file.
 */

import { fileURLToPath } from "node:url";

/** Main module of a Worker slot. */
export function workerEntry(): URL {
  return new URL("../runtime/worker_entry.ts", import.meta.url);
}

/**
 * Main module of the thread that watches over an executor process.
 *
 * @param _folder A private folder, where a release artefact writes its copy.
 */
export function watcherEntry(_folder: string): URL {
  return new URL("../runtime/watcher_entry.ts", import.meta.url);
}

/**
 * Main module of an executor process, as a path or URL that the runtime can be started with.
 *
 * @param _folder A private folder, where a release artefact writes its copy.
 */
export function processEntry(_folder: string): string {
  return pathOf(new URL("../runtime/process_entry.ts", import.meta.url));
}

/**
 * Main module of an executor process that holds several slots, as a path or URL that the runtime can be started with.
 *
 * @param _folder A private folder, where a release artefact writes its copy.
 */
export function sharedEntry(_folder: string): string {
  return pathOf(new URL("../runtime/shared_entry.ts", import.meta.url));
}

/**
 * Main module of the Workers of such a process.
 *
 * @param _folder A private folder, where a release artefact writes its copy.
 */
export function sharedWorkerEntry(_folder: string): URL {
  return workerEntry();
}

function pathOf(url: URL): string {
  return url.protocol === "file:" ? fileURLToPath(url) : url.href;
}
