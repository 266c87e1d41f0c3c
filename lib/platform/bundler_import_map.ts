/** The import map in a user's deno.json, which bundlers other than Deno's do not read. */
import { parseExpressionAt } from "acorn";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

type ImportMap = {
  readonly folder: string;
  readonly imports: ReadonlyMap<string, string>;
};

const noImports: ReadonlyMap<string, string> = new Map();

/** Read anew for each bundle would be exact; a program's configuration does not change while it runs. */
const mapsByFolder = new Map<string, Promise<ImportMap | undefined>>();

/**
 * What the nearest deno.json above `folder` makes of a specifier: an absolute path for a file of the project, another
 * specifier, or the same one where the map says nothing.
 */
export async function mapImport(specifier: string, folder: string): Promise<string> {
  const map = await nearestMap(folder);
  if (map === undefined) return specifier;
  const target = lookUp(map.imports, specifier);
  if (target === undefined) return specifier;
  return /^\.{0,2}\//.test(target) ? resolve(map.folder, target) : target;
}

function lookUp(imports: ReadonlyMap<string, string>, specifier: string): string | undefined {
  const exact = imports.get(specifier);
  if (exact !== undefined) return exact;
  // As import maps have it, the longest matching folder wins.
  const folders = [...imports.keys()].filter((key) =>
    specifier.startsWith(key.endsWith("/") ? key : `${key}/`)
  );
  const longest = folders.sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return undefined;
  return `${imports.get(longest)}${specifier.slice(longest.length)}`;
}

function nearestMap(folder: string): Promise<ImportMap | undefined> {
  let known = mapsByFolder.get(folder);
  if (known === undefined) mapsByFolder.set(folder, known = readNearestMap(folder));
  return known;
}

async function readNearestMap(folder: string): Promise<ImportMap | undefined> {
  for (const name of ["deno.json", "deno.jsonc"]) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== undefined) return { folder, imports: readImports(text) };
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : await nearestMap(parent);
}

/** Parsed as an expression: JSON with comments and trailing commas is JavaScript. */
function readImports(text: string): ReadonlyMap<string, string> {
  const config = parseExpressionAt(text, 0, { ecmaVersion: "latest" });
  if (config.type !== "ObjectExpression") return noImports;
  const imports = new Map<string, string>();
  for (const property of config.properties) {
    if (property.type !== "Property" || keyOf(property.key) !== "imports") continue;
    if (property.value.type !== "ObjectExpression") continue;
    for (const entry of property.value.properties) {
      if (entry.type !== "Property") continue;
      const [key, value] = [keyOf(entry.key), keyOf(entry.value)];
      if (key !== undefined && value !== undefined) imports.set(key, value);
    }
  }
  return imports;
}

function keyOf(node: { readonly type: string }): string | undefined {
  const value = node.type === "Literal" && "value" in node ? node.value : undefined;
  return typeof value === "string" ? value : undefined;
}
