/**
 * Stands in for `lib/slots/entries.ts` in a release artefact: the main modules are texts inside it, because beside it
 * there may be no other file.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// The build puts the bundled texts in place of these names.
declare const workerEntryText: string;
declare const watcherEntryText: string;
declare const processEntryText: string;
declare const sharedEntryText: string;

let workerUrl: URL | undefined;

/** Main module of a Worker slot. */
export function workerEntry(): URL {
  workerUrl ??= new URL(
    URL.createObjectURL(new Blob([workerEntryText], { type: "text/javascript" })),
  );
  return workerUrl;
}

/** Main module of the thread that watches over an executor process, in a file: the process cannot see our blobs. */
export function watcherEntry(folder: string): URL {
  return pathToFileURL(written(folder, "watcher_entry.mjs", watcherEntryText));
}

/** Main module of an executor process, as a path that the runtime can be started with. */
export function processEntry(folder: string): string {
  return written(folder, "process_entry.mjs", processEntryText);
}

/** The same for a process that holds several slots. */
export function sharedEntry(folder: string): string {
  return written(folder, "shared_entry.mjs", sharedEntryText);
}

/** Main module of the Workers of such a process, in a file: the process cannot see our blobs. */
export function sharedWorkerEntry(folder: string): URL {
  return pathToFileURL(written(folder, "worker_entry.mjs", workerEntryText));
}

function written(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  if (!existsSync(path)) writeFileSync(path, text, { mode: 0o600 });
  return path;
}
