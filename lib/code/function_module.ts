/** Writes the module that has a given function as its default export, and nothing that the function does not need. */
import type { Bundler } from "../platform/bundler.ts";
import { CodeError } from "../proto/errors.ts";
import { closureOf, type Declaration, topLevelDeclarations } from "./declarations.ts";
import { type Depends, type DependsNeed, dependsPieces, isIdentifier } from "./depends.ts";
import { type FreeVariable, freeVariables, isPlatformGlobal } from "./free_variables.ts";
import { describeFunction, type FunctionText, readFunctionText } from "./function_text.ts";
import { LineIndex } from "./line_index.ts";
import { functionWords, type LocatedFunction, locateFunction } from "./locate_function.ts";
import {
  joinPieces,
  parsePlaced,
  type Piece,
  type PlacedText,
  placePrefix,
  type Places,
} from "./places.ts";
import { keepClosure } from "./select.ts";
import { type AnyNode, isFunctionNode, type Program, walk } from "./syntax.ts";

/** How a function that exists in this program is to be shipped. */
export type FunctionOptions = {
  /** `import.meta.url` of the module that declares the function. */
  readonly module?: string;
  /** Functions, classes and data the function uses by these names. */
  readonly depends?: Depends;
  /** The folder that the working directory of jobs stands for; by default the code stays where it is. */
  readonly base?: string;
};

/** The function's module, as JavaScript. */
type HomeModule = PlacedText & {
  readonly path: string;
  readonly program: Program;
  readonly declarations: readonly Declaration[];
};

/** Where in its module the function was found. */
type Target =
  | { readonly kind: "declared"; readonly name: string }
  | { readonly kind: "located"; readonly found: LocatedFunction }
  | { readonly kind: "text" };

/**
 * @param path The module of the function; without one it must stand alone.
 * @throws {CodeError} When something the function needs cannot be found or shipped.
 */
export async function moduleOfFunction(
  fn: (...args: never[]) => unknown,
  path: string | undefined,
  depends: Depends,
  bundler: Bundler,
): Promise<PlacedText> {
  const what = describeFunction(fn.name);
  const given = readFunctionText(fn, what);
  refuseUnsuitable(given, what);
  const provided = dependsPieces(depends);
  const home = path === undefined ? undefined : await readHome(path, bundler);
  const target: Target = home === undefined
    ? { kind: "text" }
    : findTarget(fn.name, given, home, bundler);
  const needs = needsOf(target, given, home, fn.name);
  const request = { what, target, needs, dependNeeds: provided.needs, depends };
  const own = home === undefined ? checkAlone(request) : selectFrom(home, request);
  return joinPieces([
    ...provided.pieces,
    ...foldedPieces(target, needs),
    ...own,
    ...jobPieces(target, given, home, fn.name),
  ]);
}

function refuseUnsuitable({ node, text }: FunctionText, what: string): void {
  if (!isFunctionNode(node)) {
    throw new CodeError(`Cannot ship ${what}: it is a class; give a function`);
  }
  if (node.generator) {
    throw new CodeError(`Cannot ship ${what}: it is a generator; a job has one result`);
  }
  // A text that fails here would fail in each slot, with no place to point to.
  if (/\bsuper\s*[.(]/.test(text)) {
    throw new CodeError(`Cannot ship ${what}: it uses super, and its class stays behind`);
  }
}

async function readHome(path: string, bundler: Bundler): Promise<HomeModule> {
  const { text, map } = await bundler.transform(path);
  const places: Places = map === undefined
    ? { kind: "same", file: path }
    : { kind: "map", map: map.map, base: map.resolveSource, sources: new Map() };
  const program = parsePlaced({ text, places });
  return { path, text, places, program, declarations: topLevelDeclarations(program) };
}

/** By name where that leaves no doubt, else by its text. */
function findTarget(name: string, given: FunctionText, home: HomeModule, bundler: Bundler): Target {
  const declared = home.declarations.find((each) => declaresFunction(each, name));
  if (declared !== undefined && countNamed(home.program, name) <= 1) {
    return { kind: "declared", name };
  }
  const found = locateFunction(given, home.program, home.text, bundler);
  if (found === undefined) return { kind: "text" };
  const isDeclared = declared !== undefined && functionOf(declared.node, name) === found.node;
  return isDeclared ? { kind: "declared", name } : { kind: "located", found };
}

/** An import counts: the function is what the other module exports. */
function declaresFunction({ node, names }: Declaration, name: string): boolean {
  if (!names.includes(name)) return false;
  return node.type === "ImportDeclaration" || functionOf(node, name) !== undefined;
}

/** The function a declaration gives the name to. */
function functionOf(node: AnyNode, name: string): AnyNode | undefined {
  if (node.type === "FunctionDeclaration") return node;
  if (node.type !== "VariableDeclaration") return undefined;
  const declarator = node.declarations.find(({ id }) =>
    id.type === "Identifier" && id.name === name
  );
  return isFunctionNode(declarator?.init) ? declarator.init : undefined;
}

/** How many functions of the module may be called by the name: esbuild numbers those that would hide another. */
function countNamed(program: Program, name: string): number {
  const functions = new Set<AnyNode>();
  const isNamed = (node: AnyNode | null | undefined) =>
    node?.type === "Identifier" && node.name.startsWith(name) &&
    /^\d*$/.test(node.name.slice(name.length));
  walk(program, (node) => {
    if (isFunctionNode(node) && isNamed(node.id)) functions.add(node);
    const [key, value] = node.type === "VariableDeclarator"
      ? [node.id, node.init]
      : node.type === "AssignmentExpression"
      ? [node.left, node.right]
      : node.type === "Property" || node.type === "MethodDefinition" ||
          node.type === "PropertyDefinition"
      ? [node.key, node.value]
      : [];
    if (isNamed(key) && isFunctionNode(value)) functions.add(value);
  });
  return functions.size;
}

/** Names the target uses; offsets are those of the module's text. */
function needsOf(
  target: Target,
  given: FunctionText,
  home: HomeModule | undefined,
  name: string,
): ReadonlyMap<string, FreeVariable> {
  switch (target.kind) {
    case "declared":
      return new Map([[name, { offset: undefined, isGuarded: false }]]);
    case "located":
      return freeVariables(target.found.node);
    case "text":
      if (home === undefined && /\bimport\s*\.\s*meta\b/.test(given.text)) {
        throw new CodeError(
          `Cannot ship ${
            describeFunction(name)
          }: it uses import.meta; give module: import.meta.url`,
        );
      }
      return given.free;
  }
}

type Request = {
  readonly what: string;
  readonly target: Target;
  readonly needs: ReadonlyMap<string, FreeVariable>;
  /** What the functions in `depends` use. */
  readonly dependNeeds: ReadonlyMap<string, DependsNeed>;
  readonly depends: Depends;
};

/** Without a module, whatever is not global must be in `depends`. */
function checkAlone({ what, needs, dependNeeds, depends }: Request): Piece[] {
  const check = (user: string, name: string, isGuarded: boolean) => {
    if (isGuarded || Object.hasOwn(depends, name) || isPlatformGlobal(name)) return;
    throw missing(user, name, standaloneHint(name));
  };
  for (const [name, { isGuarded }] of needs) check(what, name, isGuarded);
  for (const [name, need] of dependNeeds) check(`depends.${need.user}`, name, need.isGuarded);
  return [];
}

/** The needed part of the module. */
function selectFrom(home: HomeModule, request: Request): Piece[] {
  const { what, target, needs, dependNeeds, depends } = request;
  const provided = new Set(Object.keys(depends));
  const found = target.kind === "located" ? target.found : undefined;
  const roots = [...dependNeeds].map(([name, { isGuarded }]): [string, FreeVariable] => {
    return [name, { offset: undefined, isGuarded }];
  });
  for (const [name, use] of needs) {
    if (found?.enclosed.has(name) !== true) roots.push([name, use]);
    else if (!provided.has(name) && !found.folded.has(name)) {
      throw missing(what, name, enclosedHint(name), prefixOf(home, use));
    }
  }
  const closure = closureOf(home.declarations, roots, provided);
  for (const [name, use] of closure.unresolved) {
    if (use.isGuarded || isPlatformGlobal(name)) continue;
    const user = dependNeeds.get(name)?.user;
    const subject = user === undefined ? what : `depends.${user}`;
    throw missing(subject, name, undeclaredHint(name, home.path), prefixOf(home, use));
  }
  return [{ text: keepClosure(home.text, closure), places: home.places }];
}

function prefixOf(home: HomeModule, { offset }: FreeVariable): string {
  return offset === undefined ? "" : placePrefix(home, offset);
}

function standaloneHint(name: string): string {
  return `which is not declared in it; pass it as an argument, give it in depends: { ${name} }, or give ` +
    `module: import.meta.url if its module declares it`;
}

function enclosedHint(name: string): string {
  return `which is a variable of an enclosing function; pass it as an argument, declare it at the top level of the ` +
    `module, or give it in depends: { ${name} }`;
}

function undeclaredHint(name: string, path: string): string {
  return `which is not declared at the top level of ${path}; pass it as an argument, declare it there, or give it in ` +
    `depends: { ${name} }`;
}

function missing(what: string, name: string, hint: string, prefix = ""): CodeError {
  return new CodeError(`${prefix}Cannot ship ${what}: it uses '${name}', ${hint}`);
}

function foldedPieces(target: Target, needs: ReadonlyMap<string, FreeVariable>): Piece[] {
  if (target.kind !== "located") return [];
  return [...target.found.folded]
    .filter(([name]) => needs.has(name) && target.found.enclosed.has(name))
    .map(([name, value]) => ({ text: `const ${name}=${value};` }));
}

/** The function as the default export, on lines of its own. */
function jobPieces(
  target: Target,
  given: FunctionText,
  home: HomeModule | undefined,
  name: string,
): Piece[] {
  switch (target.kind) {
    case "declared":
      return [{ text: `export{${target.name} as default};` }];
    case "located": {
      if (home === undefined) return [];
      const { start, end } = target.found.node;
      const { line, column } = new LineIndex(home.text).at(start);
      const text = `${" ".repeat(column - 1)}${home.text.slice(start, end)}`;
      const words = target.found.isMethod
        ? functionWords(target.found.node, isIdentifier(name) ? name : "")
        : "";
      return wrapped(`Object(${words}`, ");", {
        text,
        places: home.places,
        sourceLine: line,
      });
    }
    case "text": {
      const places = home === undefined
        ? { kind: "same" as const, file: `<function ${name === "" ? "anonymous" : name}>` }
        : { kind: "whole" as const, file: home.path };
      return wrapped(`Object(${given.before}`, `${given.after});`, { text: given.text, places });
    }
  }
}

/** As an argument a nameless function stays nameless, and no name of ours shows in stacks. */
function wrapped(before: string, after: string, piece: Piece): Piece[] {
  return [{ text: `export default ${before}` }, piece, { text: after }];
}
