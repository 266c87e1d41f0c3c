/**
 * Where the main module of a journal's thread is. A release artefact carries it inside itself: its build puts
 * `scripts/build/inlined_thread_url.ts` in the place of this file.
 */

/** Main module of a journal's thread. */
export function threadUrl(): URL {
  return new URL("./thread_entry.ts", import.meta.url);
}
