import { access } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BundledText, type Bundler, loadBundler } from "../platform/bundler.ts";
import { CodeError } from "../proto/errors.ts";
import type { Code } from "../proto/executor.ts";
import type { ComputationId } from "../proto/ids.ts";
import { filenameOf, hashCode } from "./code_hash.ts";
import { type FinishedText, finishText, needsBundling } from "./finish.ts";
import { type FunctionOptions, moduleOfFunction } from "./function_module.ts";
import { findPlace, formatPlace, parsePlaced, type PlacedText, type Places } from "./places.ts";
import { type AnyNode, boundNames, parseModule } from "./syntax.ts";

/** The code of a job with all it depends on, as one text; see `runtime/load.ts` for how it is evaluated. */
export type Computation = Code & {
  /** SHA-256 of format and text, in hex. */
  readonly id: ComputationId;
  /** The user's name of the function, for messages. */
  readonly name: string;
  /** Leads from lines of `text` to the user's files; stays with the client. */
  readonly places: Places;
  /** Absolute paths of the files that the code names beside itself. */
  readonly assets: readonly string[];
};

/**
 * Bundles an exported function with its module and all that imports, with the meaning the module has when imported:
 * its top-level statements run once in each slot.
 *
 * @param moduleUrl A `file:` address or a path.
 * @param exportName "default" or the export's name.
 * @param base The folder that the working directory of jobs stands for: where they run, the code takes its files to be
 * there. By default it takes them to be where they are here.
 * @throws {CodeError} On a syntax error or a missing import or export, beginning with `file:line:column: ` where
 * the place is known. Nothing of the module has run then.
 */
export async function computationFromExport(
  moduleUrl: string,
  exportName: string,
  base?: string,
): Promise<Computation> {
  const path = await modulePath(moduleUrl);
  const bundler = await loadBundler();
  const specifiers = `${JSON.stringify(exportName)} as default`;
  const entry = {
    path: join(dirname(path), `${basename(path)}.muster-entry.js`),
    text: `export { ${specifiers} } from ${JSON.stringify(`./${basename(path)}`)};`,
    describePlace: () => path,
  };
  const bundled = await bundler.bundle(entry).catch(async (error: unknown) => {
    await checkExport(path, exportName, bundler);
    throw error;
  });
  const subject = `export '${exportName}' of ${path}`;
  const finished = finishText(placed(bundled, new Map()), { file: path, base }, subject);
  if (finished === undefined) {
    await checkExport(path, exportName, bundler);
    throw new CodeError(`Cannot find export '${exportName}' in ${path}`);
  }
  return computation(finished, exportName);
}

/**
 * Ships a function that exists in this program.
 *
 * With `module`, a function declared at the module's top level (exported or not) is taken from there with the
 * declarations and imports it needs; the module's other statements do not run in the slots. A function given in
 * place is shipped from its text, and what it uses must be at the module's top level or in `depends`. Without
 * `module`, everything it uses must be in itself, in `depends`, or global.
 *
 * @throws {CodeError} When something it needs cannot be found or shipped, naming it.
 */
export async function computationFromFunction(
  fn: (...args: never[]) => unknown,
  options: FunctionOptions = {},
): Promise<Computation> {
  if (isClass(fn)) {
    throw new CodeError(
      `Cannot run class '${fn.name}' for each input: a class cannot be called without new. Give a function that makes one`,
    );
  }
  const path = options.module === undefined ? undefined : await modulePath(options.module);
  const bundler = await loadBundler();
  const source = await moduleOfFunction(fn, path, options.depends ?? {}, bundler);
  const file = path ?? join(resolve("."), "function.js");
  const bundled = path === undefined ? source : await bundleSource(source, path, bundler);
  const name = fn.name === "" ? "anonymous" : fn.name;
  const finished = finishText(bundled, { file, base: options.base }, `'${name}'`);
  if (finished === undefined) throw new CodeError(`Cannot ship '${name}': it has no code`);
  return computation(finished, name);
}

function isClass(fn: (...args: never[]) => unknown): boolean {
  return /^class\b/.test(Function.prototype.toString.call(fn));
}

/** Leaves out the bundler where there is nothing for it to do. */
async function bundleSource(
  source: PlacedText,
  modulePath: string,
  bundler: Bundler,
): Promise<PlacedText> {
  if (!needsBundling(parsePlaced(source), source.text)) return source;
  const path = `${modulePath}.muster-function.js`;
  const describePlace = (line: number, column: number) => {
    const place = findPlace(source.places, line, column);
    return place === undefined ? modulePath : formatPlace(place);
  };
  const bundled = await bundler.bundle({ path, text: source.text, describePlace });
  return placed(bundled, new Map([[path, source.places]]));
}

function placed(
  { text, map, resolveSource }: BundledText,
  sources: ReadonlyMap<string, Places>,
): PlacedText {
  return { text, places: { kind: "map", map, base: resolveSource, sources } };
}

function computation(finished: FinishedText, name: string): Computation {
  const id = hashCode(finished);
  return { id, filename: filenameOf(id), name, ...finished };
}

async function modulePath(moduleUrl: string): Promise<string> {
  if (!moduleUrl.startsWith("file:") && /^[a-z][a-z0-9+.-]+:/i.test(moduleUrl)) {
    throw new CodeError(`Cannot ship code of ${moduleUrl}: only modules in files can be shipped`);
  }
  const path = moduleUrl.startsWith("file:") ? fileURLToPath(moduleUrl) : resolve(moduleUrl);
  try {
    await access(path);
  } catch (cause) {
    throw new CodeError(`Cannot read module ${path}: ${(cause as Error).message}`, { cause });
  }
  return path;
}

/** @throws {CodeError} When the module can be read and has no such export. */
async function checkExport(path: string, exportName: string, bundler: Bundler): Promise<void> {
  const { text } = await bundler.bundle({ path });
  const names = parseModule(text).body.flatMap(exportedNames);
  if (names.includes(exportName)) return;
  const exported = names.length === 0 ? "nothing" : names.toSorted().join(", ");
  throw new CodeError(`Cannot find export '${exportName}' in ${path}: it exports ${exported}`);
}

function exportedNames(node: AnyNode): string[] {
  if (node.type === "ExportDefaultDeclaration") return ["default"];
  if (node.type !== "ExportNamedDeclaration") return [];
  const specifiers = node.specifiers.map(({ exported }) =>
    exported.type === "Identifier" ? exported.name : String(exported.value)
  );
  const { declaration } = node;
  if (declaration?.type === "VariableDeclaration") {
    specifiers.push(...declaration.declarations.flatMap(({ id }) => boundNames(id)));
  } else if (declaration) {
    specifiers.push(declaration.id.name);
  }
  return specifiers;
}
