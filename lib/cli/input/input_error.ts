import { UsageError } from "../../proto/errors.ts";

/** Where in its input a reader is: what an error message begins with. Lines and columns count from 1. */
export type InputPlace = {
  readonly name: string;
  readonly line: number;
  /** In characters (code points); left out where only the line is known. */
  readonly column?: number;
};

/** The error for input that cannot be read: `Cannot read inputs: data.ndjson:7:12: …`. */
export function inputError(place: InputPlace, problem: string, cause?: unknown): UsageError {
  const column = place.column === undefined ? "" : `:${place.column}`;
  return new UsageError(
    `Cannot read inputs: ${place.name}:${place.line}${column}: ${problem}`,
    cause === undefined ? undefined : { cause },
  );
}
