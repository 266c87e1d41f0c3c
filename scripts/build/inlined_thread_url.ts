/** Stands in for `lib/journal/thread_url.ts` in a release artefact: the main module is a text inside it. */

// The build puts the bundled text in place of this name.
declare const threadEntryText: string;

let url: URL | undefined;

/** Main module of a journal's thread. */
export function threadUrl(): URL {
  url ??= new URL(URL.createObjectURL(new Blob([threadEntryText], { type: "text/javascript" })));
  return url;
}
