import { findPlace, formatPlace, type Places } from "./places.ts";

/** `at name (location:line:column)` or `at location:line:column`, in V8's form, which Bun writes too. */
const framePattern =
  /^\s*at (?:(?<name>.*) \()?(?<async>async )?(?<location>.*?):(?<line>\d+):(?<column>\d+)\)?$/;

/** Where our own code runs from when it is part of an executable or of the release file. */
const ownLocation = /\/\$bunfs\/|^blob:/;
const ownFolder = new URL("../runtime/", import.meta.url);

/**
 * A stack as the user should see it: lines of the computation point into the user's files, in the same form in every
 * runtime, and the frames below the job's function are gone.
 */
export function mapStack(
  stack: string,
  computation: { readonly filename: string; readonly places: Places },
): string {
  const lines = stack.split("\n");
  const isOfJob = (line: string) =>
    framePattern.exec(line)?.groups?.["location"] === computation.filename;
  const last = lines.findLastIndex(isOfJob);
  const kept = last === -1 ? lines.filter((line) => !isOwnFrame(line)) : lines.slice(0, last + 1);
  return kept.flatMap((line) => mapFrame(line, computation)).join("\n");
}

function isOwnFrame(line: string): boolean {
  const location = framePattern.exec(line)?.groups?.["location"];
  return location !== undefined &&
    (ownLocation.test(location) || location.startsWith(ownFolder.href) ||
      location.startsWith(ownFolder.pathname));
}

function mapFrame(
  line: string,
  { filename, places }: { readonly filename: string; readonly places: Places },
): string[] {
  const frame = framePattern.exec(line)?.groups;
  if (frame?.["location"] !== filename) return [line];
  const place = findPlace(places, Number(frame["line"]), Number(frame["column"]));
  // Text that nobody wrote: the helpers of a bundler.
  if (place === undefined) return [];
  const name = frame["name"] === "<anonymous>" ? undefined : frame["name"];
  const location = `${frame["async"] ?? ""}${formatPlace(place)}`;
  return [name === undefined ? `    at ${location}` : `    at ${name} (${location})`];
}
