/**
 * Turns one ES module without imports of its own (built-in modules aside) into the text that travels. Lines and
 * columns of the module stay: what is ours stands on one line above and one below it. See `runtime/load.ts` for what
 * the text expects of its loader.
 */
import { isBuiltin } from "node:module";
import { isAbsolute } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { CodeError } from "../proto/errors.ts";
import { assetsOf } from "./assets.ts";
import { LineIndex } from "./line_index.ts";
import { pathInside } from "./path_inside.ts";
import { findPlace, joinPieces, parsePlaced, type PlacedText, placePrefix } from "./places.ts";
import {
  type AnyNode,
  isFunctionNode,
  type ModuleStatement,
  type Program,
  walkMatches,
} from "./syntax.ts";
import { TextEdits } from "./text_edits.ts";

/** The text that travels, and the way back from its lines. */
export type FinishedText = PlacedText & {
  readonly format: "script" | "module";
  /** Absolute paths of the files that the code names beside itself; see `assets.ts`. */
  readonly assets: readonly string[];
};

/** Where code comes from. */
export type Origin = {
  /** The user's file that stands for code that came from no file. */
  readonly file: string;
  /** The folder that the working directory of jobs on nodes stands for: files in it are found there. */
  readonly base: string | undefined;
};

/**
 * @param source A module whose default export is the job's function.
 * @param subject How the message calls the default export when it is no function: "export 'x' of x.ts".
 * @returns undefined when there is no default export.
 */
export function finishText(
  source: PlacedText,
  origin: Origin,
  subject: string,
): FinishedText | undefined {
  const program = parsePlaced(source);
  const imports = importsOf(program);
  checkBuiltinImports(imports, source);
  const isScript = imports.every((each) => isAvailable(each.source)) &&
    !hasTopLevelAwait(program, source.text);
  const edits = new TextEdits(source.text);
  const job = replaceExports(program, edits);
  if (job === undefined) return undefined;
  const fileAt = userFiles(source, origin.file);
  const assets = assetsOf(program, source.text, fileAt);
  const head = [
    ...scopeStatements(source, program, origin, fileAt, edits, isScript),
    ...(isScript ? imports.map((each) => requireStatement(each, edits)) : []),
    `let ${jobName};`,
  ].join("");
  const found = `${job}===null?"null":"a "+typeof ${job}`;
  const complaint = `${
    JSON.stringify(`Cannot run ${subject}: it is `)
  }+(${found})+", not a function"`;
  const check = `if(typeof ${job}!=="function")throw new TypeError(${complaint});`;
  const body = { text: edits.apply(), places: source.places };
  const pieces = isScript
    ? [
      { text: `(function($scope){"use strict";${head}return(function(){` },
      body,
      { text: `${check}return ${job}})()})` },
    ]
    : [
      { text: `const $scope=globalThis[Symbol.for("muster.scope")];${head}` },
      body,
      { text: `${check}export{${job} as default}` },
    ];
  return { format: isScript ? "script" : "module", assets, ...joinPieces(pieces) };
}

/** Whether a bundler must resolve something before the module can travel. */
export function needsBundling(program: Program, text: string): boolean {
  if (importsOf(program).some(({ source }) => !isAvailable(source))) return true;
  if (/\brequire\s*\(/.test(text)) return true;
  let needed = false;
  walkMatches(program, text, importKeyword, (node) => {
    if (node.type !== "ImportExpression" || node.source.type !== "Literal") return;
    needed ||= typeof node.source.value === "string" && !isAvailable(node.source.value);
  });
  return needed;
}

/** Names the function where the module exports an expression. */
const jobName = "$musterJob";

/** `import.meta` or `import(...)` may be there. */
const importKeyword = /\bimport\s*[.(]/g;

/** An import, or an export from elsewhere, of the bundled module: `names` are [exported there, called here]. */
type OuterImport = {
  readonly node: ModuleStatement;
  readonly source: string;
  readonly names: readonly (readonly [imported: string, local: string])[];
};

function importsOf(program: Program): OuterImport[] {
  return program.body.flatMap((node): OuterImport[] => {
    if (node.type === "ImportDeclaration") {
      const names = node.specifiers.map((specifier) => {
        if (specifier.type === "ImportNamespaceSpecifier") return ["*", specifier.local.name];
        if (specifier.type === "ImportDefaultSpecifier") return ["default", specifier.local.name];
        return [nameOf(specifier.imported), specifier.local.name];
      }) as [string, string][];
      return [{ node, source: String(node.source.value), names }];
    }
    if (node.type === "ExportNamedDeclaration" && node.source) {
      const names = node.specifiers
        .filter((specifier) => nameOf(specifier.exported) === "default")
        .map((specifier): [string, string] => [nameOf(specifier.local), jobName]);
      return [{ node, source: String(node.source.value), names }];
    }
    return [];
  });
}

function nameOf(node: AnyNode): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" ? String(node.value) : "";
}

/** Whether `require` gives the module in every Worker. */
function isAvailable(specifier: string): boolean {
  return isBuiltin(specifier) || /^bun(:|$)/.test(specifier);
}

/** An ES module that imports what is not there does not load; `require` would give undefined. */
function checkBuiltinImports(imports: readonly OuterImport[], source: PlacedText): void {
  for (const each of imports) {
    const builtin: unknown = isBuiltin(each.source)
      ? process.getBuiltinModule(each.source)
      : undefined;
    if (typeof builtin !== "object" || builtin === null) continue;
    for (const [name] of each.names) {
      if (name === "*" || name === "default" || name in builtin) continue;
      const place = placePrefix(source, each.node.start);
      throw new CodeError(`${place}No matching export in "${each.source}" for import "${name}"`);
    }
  }
}

function requireStatement({ node, source, names }: OuterImport, edits: TextEdits): string {
  if (node.type === "ImportDeclaration") edits.blank(node.start, node.end);
  const required = `require(${JSON.stringify(source)})`;
  if (names.length === 0) return `${required};`;
  return names.map(([imported, local]) =>
    imported === "*" || imported === "default"
      ? `const ${local}=${required};`
      : `const{${JSON.stringify(imported)}:${local}}=${required};`
  ).join("");
}

function hasTopLevelAwait(program: Program, text: string): boolean {
  let found = false;
  walkMatches(program, text, /\bawait\b/g, (node) => {
    if (isFunctionNode(node)) return false;
    found ||= node.type === "AwaitExpression" ||
      (node.type === "ForOfStatement" && node.await) ||
      (node.type === "VariableDeclaration" && node.kind === "await using");
    return !found;
  });
  return found;
}

/** Takes the exports out and says by what name the default one is known inside. */
function replaceExports(program: Program, edits: TextEdits): string | undefined {
  let job: string | undefined;
  for (const node of program.body) {
    if (node.type === "ExportNamedDeclaration") {
      const specifier = node.specifiers.find((each) => nameOf(each.exported) === "default");
      if (specifier) job = node.source ? jobName : nameOf(specifier.local);
      edits.blank(node.start, node.declaration?.start ?? node.end);
    } else if (node.type === "ExportAllDeclaration") {
      edits.blank(node.start, node.end);
    } else if (node.type === "ExportDefaultDeclaration") {
      job = jobName;
      edits.overwrite(node.start, node.start + "export default".length, `${jobName}=`);
    }
  }
  return job;
}

/** Tells which of the user's files the text at an offset comes from. */
function userFiles(source: PlacedText, fallback: string): (offset: number) => string {
  const lines = new LineIndex(source.text);
  return (offset) => {
    const { line, column } = lines.at(offset);
    const found = findPlace(source.places, line, column)?.file;
    return found !== undefined && isAbsolute(found) ? found : fallback;
  };
}

/** Gives each user's file of the bundle its own `import.meta`, `import()` and, for all together, `require`. */
function scopeStatements(
  source: PlacedText,
  program: Program,
  origin: Origin,
  fileAt: (offset: number) => string,
  edits: TextEdits,
  isScript: boolean,
): string[] {
  const files: string[] = [];
  const indexAt = (offset: number): number => {
    const name = fileAt(offset);
    if (!files.includes(name)) files.push(name);
    return files.indexOf(name);
  };
  walkMatches(program, source.text, importKeyword, (node) => {
    if (node.type === "MetaProperty" && node.meta.name === "import") {
      edits.overwrite(node.start, node.end, metaName(indexAt(node.start)));
    } else if (node.type === "ImportExpression") {
      edits.overwrite(node.start, node.start + "import".length, loadName(indexAt(node.start)));
    }
  });
  const statements = files.map((name, index) =>
    `const{meta:${metaName(index)},load:${loadName(index)}}=$scope(${address(name, origin)});`
  );
  const needsRequire = /\brequire\b/.test(source.text) ||
    (isScript && importsOf(program).length > 0);
  if (needsRequire && (isScript || !declaresRequire(program))) {
    statements.push(`const{require}=$scope(${address(origin.file, origin)});`);
  }
  return statements;
}

/** The address of a file here and, where it is inside `base`, its path there. */
function address(file: string, { base }: Origin): string {
  const here = JSON.stringify(pathToFileURL(file).href);
  const path = base === undefined ? undefined : pathInside(base, file);
  return path === undefined ? here : `${here},${JSON.stringify(path)}`;
}

/** As long as `import.meta`. */
function metaName(index: number): string {
  return `$meta${String(index).padStart(6, "0")}`;
}

/** As long as `import`. */
function loadName(index: number): string {
  return `$im${index.toString(36).padStart(3, "0")}`;
}

function declaresRequire(program: Program): boolean {
  return program.body.some((node) =>
    node.type === "VariableDeclaration" &&
    node.declarations.some(({ id }) => id.type === "Identifier" && id.name === "require")
  );
}
