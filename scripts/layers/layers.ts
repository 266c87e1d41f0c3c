import { posix } from "node:path";
import ts from "typescript";
import { findCycles } from "./cycles.ts";
import { type ImportSite, isTypesOnly, parse, readImports } from "./imports.ts";
import { readReferences } from "./references.ts";
import {
  impureGlobals,
  impureMembers,
  type LayerRule,
  layerRules,
  maxFileLines,
  pureModules,
} from "./rules.ts";

/** A broken rule, at a line of a file. */
export type Problem = { readonly path: string; readonly line: number; readonly message: string };

/** What is checked: every path is relative to the repository, with `/`. */
export type Sources = {
  /** Text of `lib/**`, `mod.ts` and `cli.ts`. */
  readonly files: ReadonlyMap<string, string>;
  /** Paths of all tests. */
  readonly tests: ReadonlySet<string>;
  /** Names of the dependencies of package.json. */
  readonly packages: ReadonlySet<string>;
};

/** Every place where the sources break the rules of the layers. */
export function checkLayers(sources: Sources): Problem[] {
  const graph = new Map<string, string[]>();
  const problems: Problem[] = [];
  for (const [path, text] of sources.files) {
    const file = parse(path, text);
    const imports = readImports(file);
    const report = (line: number, message: string): void => {
      problems.push({ path, line, message });
    };
    graph.set(path, staticTargets(path, imports));
    checkImports(path, imports, sources, report);
    checkReferences(file, ruleOf(path), report);
    if (path.startsWith("lib/")) checkFile(file, sources, report);
  }
  return [...problems, ...cycleProblems(graph)];
}

type Report = (line: number, message: string) => void;

/** The folder below `lib/`; undefined for the files at the top, which rest on every layer. */
function layerOf(path: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(path)?.[1];
}

function ruleOf(path: string): LayerRule | undefined {
  const layer = layerOf(path);
  return layer === undefined ? undefined : layerRules[layer];
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith("./") || specifier.startsWith("../");
}

function checkImports(
  path: string,
  imports: readonly ImportSite[],
  sources: Sources,
  report: Report,
): void {
  for (const site of imports) {
    const message = isRelative(site.specifier)
      ? refusedFile(path, resolve(path, site.specifier), site.kind)
      : refusedModule(site.specifier, ruleOf(path), sources.packages);
    if (message !== undefined) report(site.line, message);
  }
}

function refusedFile(path: string, target: string, kind: ImportSite["kind"]): string | undefined {
  const from = layerOf(path);
  const to = layerOf(target);
  if (from === undefined || from === to) return undefined;
  if (to === undefined) return `lib/${from} imports ${target}, which is outside the layers`;
  const rule = layerRules[from];
  if (rule === undefined || rule.imports.includes(to)) return undefined;
  if (rule.types?.includes(to) === true) {
    if (kind === "type") return undefined;
    return `lib/${from} may import only types of lib/${to}: use "import type"`;
  }
  return `lib/${from} may not import lib/${to} (${target})`;
}

function refusedModule(
  specifier: string,
  rule: LayerRule | undefined,
  packages: ReadonlySet<string>,
): string | undefined {
  if (specifier.startsWith("node:")) {
    if (rule?.pure !== true || pureModules.has(specifier)) return undefined;
    return `a pure layer may not import ${specifier}`;
  }
  if (specifier.startsWith("bun:") && rule?.runtimeGlobals === true) return undefined;
  if (specifier.includes(":")) return `cannot import ${specifier}: only files, node: and packages`;
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  if (!packages.has(name)) return `${name} is not in the dependencies of package.json`;
  if (rule?.packages !== undefined && !rule.packages.includes(name)) {
    return `this layer may not import the package ${name}`;
  }
  return undefined;
}

function checkReferences(file: ts.SourceFile, rule: LayerRule | undefined, report: Report): void {
  const inLib = file.fileName.startsWith("lib/");
  for (const { name, line } of readReferences(file)) {
    const runtime = /^(?:globalThis\.)?(Deno|Bun)$/.exec(name)?.[1];
    if (runtime !== undefined && rule?.runtimeGlobals !== true) {
      report(line, `${runtime} may be named in lib/platform only`);
    } else if (name === "console" && inLib && rule?.console !== true) {
      report(line, "console may be used in lib/cli only");
    } else if (rule?.pure === true && isImpure(name)) {
      report(line, `a pure layer may not use ${name}`);
    }
  }
}

function isImpure(name: string): boolean {
  const ofAnyObject = name.replace(/^.*\./, "*.");
  return impureGlobals.has(name) || impureMembers.has(name) || impureMembers.has(ofAnyObject);
}

function checkFile(file: ts.SourceFile, sources: Sources, report: Report): void {
  const path = file.fileName;
  const rule = ruleOf(path);
  const layer = layerOf(path);
  if (rule === undefined) {
    report(1, `${layer ?? path} is not a layer of scripts/layers/rules.ts`);
  }
  const lines = file.text.split("\n").length - 1;
  if (lines > maxFileLines) report(1, `${lines} lines, at most ${maxFileLines}`);
  const defaultExport = file.statements.find(isDefaultExport);
  if (defaultExport !== undefined) {
    const { line } = file.getLineAndCharacterOfPosition(defaultExport.getStart(file));
    report(line + 1, "lib has no default exports");
  }
  if (rule?.twinTests === true && !isTypesOnly(file) && !hasTwin(path, sources.tests)) {
    report(1, `has no test ${twinsOf(path)[0]}`);
  }
}

/** The test named like the file, or like what its name begins with: `value_test.ts` serves `value_decode.ts` too. */
function twinsOf(path: string): string[] {
  const words = path.slice("lib/".length).replace(/\.ts$/, "").split("_");
  return words.map((_word, index) =>
    `tests/unit/${words.slice(0, words.length - index).join("_")}_test.ts`
  );
}

function hasTwin(path: string, tests: ReadonlySet<string>): boolean {
  return twinsOf(path).some((twin) => tests.has(twin));
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    return clause !== undefined && ts.isNamedExports(clause) &&
      clause.elements.some((element) => element.name.text === "default");
  }
  return ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword) === true;
}

/** Dynamic imports load later and cannot form a cycle at start. */
function staticTargets(path: string, imports: readonly ImportSite[]): string[] {
  return imports
    .filter((site) => site.kind !== "dynamic" && isRelative(site.specifier))
    .map((site) => resolve(path, site.specifier));
}

function cycleProblems(graph: ReadonlyMap<string, readonly string[]>): Problem[] {
  return findCycles(graph).map((cycle) => ({
    path: cycle[0] ?? "",
    line: 1,
    message: `files import each other: ${cycle.join(" -> ")}`,
  }));
}
