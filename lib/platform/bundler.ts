/** What the client asks of the runtime's bundler, and the errors it gives. */
import { CodeError } from "../proto/errors.ts";

/** A module to start from. Without `text` it is read from `path`; with it, `path` need not exist. */
export type BundleEntry = {
  /** Absolute. Imports are resolved from its folder. */
  readonly path: string;
  /** JavaScript. */
  readonly text?: string;
  /** `file:line:column` of a line and column (from 1) of `text`, for messages. */
  readonly describePlace?: (line: number, column: number) => string;
};

/** What is needed of a source map. */
export type BundleMap = {
  readonly version: 3;
  readonly sources: string[];
  readonly names: string[];
  readonly mappings: string;
};

export type BundledText = {
  /** One ES module. */
  readonly text: string;
  readonly map: BundleMap;
  /** The absolute path a source name of the map stands for. */
  readonly resolveSource: (source: string) => string;
};

export type Bundler = {
  /**
   * Makes one ES module of an entry and all it imports but built-in modules. `import.meta` stays as it is, except
   * `import.meta.main`: shipped code is never the main module.
   * @throws {CodeError} beginning with `file:line:column: ` where the place is known.
   */
  bundle(entry: BundleEntry): Promise<BundledText>;
  /**
   * Turns one file into JavaScript; its imports stay. `map` is undefined when lines and columns are those of the file.
   * @throws {CodeError} as `bundle` does.
   */
  transform(path: string): Promise<{ readonly text: string; readonly map?: BundledText }>;
  /**
   * JavaScript as the runtime makes it before it runs it: functions show that text as their own, with constants
   * folded in Bun.
   */
  runtimeText(text: string): string;
};

/** The bundler of the runtime this program runs on, loaded when first asked for. */
export async function loadBundler(): Promise<Bundler> {
  if ("Bun" in globalThis) return (await import("./bundler_bun.ts")).bunBundler;
  return (await import("./bundler_deno.ts")).denoBundler;
}

/** One complaint of a bundler; line and column from 1, line 0 when unknown. */
export type BundleProblem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
};

/** The first of a bundler's complaints as the error the user sees; the rest follow on lines of their own. */
export function bundleError(
  problems: readonly BundleProblem[],
  entry: BundleEntry,
  cause: unknown,
): CodeError {
  const lines = problems.map((problem) => [...placeOf(problem, entry), problem.message].join(": "));
  return new CodeError(lines.join("\n"), { cause });
}

function placeOf({ file, line, column }: BundleProblem, entry: BundleEntry): string[] {
  if (file === entry.path && entry.describePlace !== undefined) {
    return [entry.describePlace(line, column)];
  }
  if (line > 0) return [`${file}:${line}:${column}`];
  return file === "" ? [] : [file];
}

/** Native addons are machine code for one platform: no bundle can hold them. */
export function nativeAddonMessage(specifier: string): string {
  return `Cannot ship the native addon '${specifier}': it cannot be part of a bundle`;
}

/** What both bundlers replace in shipped code. */
export const notMain = { "import.meta.main": "false" } as const;

/** Reads the text of a source map; without the contents of the sources, which would stay in memory with it. */
export function readMap(json: string): BundleMap {
  const { sources, names, mappings } = JSON.parse(json) as BundleMap;
  return { version: 3, sources, names, mappings };
}
