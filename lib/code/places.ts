import { LEAST_UPPER_BOUND, originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { BundleMap } from "../platform/bundler.ts";
import { CodeError } from "../proto/errors.ts";
import { LineIndex } from "./line_index.ts";
import { parseModule, type Program } from "./syntax.ts";

/** Where a piece of shipped text came from; line and column from 1, absent where only the file is known. */
export type Place = { readonly file: string; readonly line?: number; readonly column?: number };

/** How the lines and columns of a text lead back to what the user wrote. */
export type Places =
  /** The text has the lines and columns of the file itself. */
  | { readonly kind: "same"; readonly file: string }
  /** Only the file is known. */
  | { readonly kind: "whole"; readonly file: string }
  /** Through a source map; `sources` (absolute paths) that are themselves made by us lead further back. */
  | {
    readonly kind: "map";
    readonly map: BundleMap;
    /** What the map's source names are relative to. */
    readonly base: (source: string) => string;
    readonly sources: ReadonlyMap<string, Places>;
  }
  /** Texts one below the other; line 1 of a piece's own places is shifted by `shift` lines. */
  | { readonly kind: "pieces"; readonly pieces: readonly PlacedPiece[] };

type PlacedPiece = {
  /** First line of the piece in the whole text, from 1. */
  readonly firstLine: number;
  /** Line of `places` that this first line is. */
  readonly sourceLine: number;
  readonly places: Places | undefined;
};

/** A text and the way back from it. */
export type PlacedText = { readonly text: string; readonly places: Places };

/** Where `line` and `column` (both from 1) of a text came from; undefined for text nobody wrote (helpers of a bundler). */
export function findPlace(places: Places, line: number, column: number): Place | undefined {
  switch (places.kind) {
    case "same":
      return { file: places.file, line, column };
    case "whole":
      return { file: places.file };
    case "map":
      return findMapped(places, line, column);
    case "pieces": {
      const piece = places.pieces.findLast((each) => each.firstLine <= line);
      if (piece?.places === undefined) return undefined;
      return findPlace(piece.places, line - piece.firstLine + piece.sourceLine, column);
    }
  }
}

/** Parsed once for each map, when the first error needs it. */
const parsedMaps = new WeakMap<Places, TraceMap>();

function findMapped(
  places: Extract<Places, { kind: "map" }>,
  line: number,
  column: number,
): Place | undefined {
  let map = parsedMaps.get(places);
  if (map === undefined) parsedMaps.set(places, map = new TraceMap(places.map));
  const needle = { line, column: column - 1 };
  let found = originalPositionFor(map, needle);
  // A position left of the line's first segment belongs to that segment.
  if (found.source === null) {
    found = originalPositionFor(map, { ...needle, bias: LEAST_UPPER_BOUND });
  }
  if (found.source === null) return undefined;
  const file = places.base(found.source);
  const further = places.sources.get(file);
  const original = { line: found.line, column: found.column + 1 };
  return further === undefined
    ? { file, ...original }
    : findPlace(further, original.line, original.column);
}

/** One text to be put below others. */
export type Piece = {
  readonly text: string;
  /** Undefined for text that is ours. */
  readonly places?: Places;
  /** The line of `places` that the text's first line is. @default 1 */
  readonly sourceLine?: number;
};

/** Puts texts one below the other and keeps each one's way back. */
export function joinPieces(pieces: readonly Piece[]): PlacedText {
  let firstLine = 1;
  const placed: PlacedPiece[] = [];
  for (const { text, places, sourceLine = 1 } of pieces) {
    placed.push({ firstLine, sourceLine, places });
    firstLine += text.split("\n").length;
  }
  const text = pieces.map((piece) => piece.text).join("\n");
  return { text, places: { kind: "pieces", pieces: placed } };
}

/** `file:line:column: ` of an offset in a text, for the beginning of an error message; empty when nobody knows. */
export function placePrefix(source: PlacedText, offset: number): string {
  const { line, column } = new LineIndex(source.text).at(offset);
  const place = findPlace(source.places, line, column);
  return place === undefined ? "" : `${formatPlace(place)}: `;
}

/** `file:line:column`, or the file alone. */
export function formatPlace(place: Place): string {
  return place.line === undefined ? place.file : `${place.file}:${place.line}:${place.column ?? 1}`;
}

/**
 * Parses a module that leads back to the user's files.
 * @throws {CodeError} beginning with the place of what cannot be parsed.
 */
export function parsePlaced(source: PlacedText): Program {
  try {
    return parseModule(source.text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const offset = "pos" in error ? Number(error.pos) : 0;
    throw new CodeError(`${placePrefix(source, offset)}Cannot parse: ${error.message}`, {
      cause: error,
    });
  }
}
