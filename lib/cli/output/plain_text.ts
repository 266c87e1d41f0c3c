import { stripVTControlCharacters } from "node:util";

/** Control characters but tab and line end, and those that reverse the direction of what follows them. */
const unprintable = /[[\p{Cc}\u202a-\u202e\u2066-\u2069]--[\t\n]]/gv;

/** Most texts have none of these, and need none of the work. */
const unusual = /[^ -~]/;

/**
 * Text of a job without what could act on a terminal: escape sequences that move the cursor, set the title or the
 * clipboard, change colours, and any other control character. Tabs and line ends stay.
 */
export function stripControls(text: string): string {
  if (!unusual.test(text)) return text;
  return stripVTControlCharacters(text).replace(unprintable, "");
}

/** At most `maxChars` UTF-16 units of `text`, the last of them `…` if some are missing. Cuts no surrogate pair. */
export function shorten(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return text.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, "") + "…";
}

/** {@link stripControls} on one line: tabs and line ends become spaces. */
export function oneLine(text: string, maxChars: number): string {
  // Only what can be shown is cleaned: the text may be megabytes.
  const start = text.length > maxChars * 4 ? text.slice(0, maxChars * 4) : text;
  const line = unusual.test(start) ? stripControls(start).replace(/[\t\n]+/g, " ") : start;
  return shorten(line.trim(), maxChars);
}

/** `12345` as `12,345`, whatever the language of the machine: scripts and tests read it. */
export function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Jobs a second, with as many digits as mean something: `0.05`, `8.13`, `81.3`, `1,234`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 100) return groupDigits(Math.round(perSecond));
  return perSecond >= 10 ? perSecond.toFixed(1) : perSecond.toFixed(2);
}

/** A duration as people say it: `0.4 s`, `12.3 s`, `2 min 5 s`, `3 h 20 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${groupDigits(Math.floor(seconds / 3600))} h ${Math.floor((seconds % 3600) / 60)} min`;
}
