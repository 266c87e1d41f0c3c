/** Finds in a module's text the function that was given as a value: only there do its lines and its scope show. */
import type { Bundler } from "../platform/bundler.ts";
import { analyzeScopes } from "./free_variables.ts";
import type { FunctionText } from "./function_text.ts";
import {
  type AnyNode,
  type FunctionNode,
  isFunctionNode,
  parseModule,
  type Program,
  walk,
} from "./syntax.ts";

/** A function of the module, with what is known of variables around it. */
export type LocatedFunction = {
  readonly node: FunctionNode;
  /** Its node begins at the parameters. */
  readonly isMethod: boolean;
  /** Names its enclosing functions declare: nothing at the top level stands for them. */
  readonly enclosed: ReadonlySet<string>;
  /** Constants of enclosing functions whose value shows in the function's own text (Bun folds them), as JavaScript. */
  readonly folded: ReadonlyMap<string, string>;
};

/** The one function of the module that can be the given one; undefined when there is none, or more than one. */
export function locateFunction(
  given: FunctionText,
  program: Program,
  text: string,
  bundler: Bundler,
): LocatedFunction | undefined {
  if (!isFunctionNode(given.node)) return undefined;
  const wanted = given.node;
  const candidates: { node: FunctionNode; path: AnyNode[]; folded: Map<string, string> }[] = [];
  visitFunctions(program, [], (node, path) => {
    if (node.async !== wanted.async || node.params.length !== wanted.params.length) return;
    const slice = text.slice(node.start, node.end);
    const candidateText = isMethod(path) ? `${functionWords(node)}${slice}` : slice;
    const found = sameFunction(wanted, node, candidateText, bundler);
    if (found !== undefined) candidates.push({ node, path, folded: found });
  });
  const [only, another] = candidates;
  if (only === undefined || another !== undefined) return undefined;
  return {
    node: only.node,
    isMethod: isMethod(only.path),
    folded: only.folded,
    enclosed: enclosedNames(program, only.path),
  };
}

function visitFunctions(
  node: AnyNode,
  path: AnyNode[],
  visit: (node: FunctionNode, path: AnyNode[]) => void,
): void {
  walk(node, (inner) => {
    if (inner === node) {
      if (isFunctionNode(inner)) visit(inner, path);
      return true;
    }
    visitFunctions(inner, [...path, node], visit);
    return false;
  });
}

function isMethod(path: readonly AnyNode[]): boolean {
  const parent = path.at(-1);
  return parent?.type === "MethodDefinition" || (parent?.type === "Property" && parent.method);
}

/** What makes a function of the text of a method's node. */
export function functionWords({ async, generator }: FunctionNode, name = ""): string {
  return `${async ? "async " : ""}function${generator ? "*" : ""} ${name}`;
}

/** Constants folded in `wanted`, if it can be a compiled form of the candidate; else undefined. */
function sameFunction(
  wanted: FunctionNode,
  candidate: FunctionNode,
  candidateText: string,
  bundler: Bundler,
): Map<string, string> | undefined {
  const exact = compare(wanted, candidate);
  if (exact !== undefined) return exact;
  const compiled = recompiled(candidateText, bundler);
  return compiled === undefined ? undefined : compare(wanted, compiled);
}

/** Compiled again, alone, for the runtime's own rewriting to be in it; undefined for what cannot stand alone. */
function recompiled(functionText: string, bundler: Bundler): AnyNode | undefined {
  try {
    const program = parseModule(bundler.runtimeText(`globalThis.f = ${functionText};`));
    const [statement] = program.body;
    if (statement?.type !== "ExpressionStatement") return undefined;
    const { expression } = statement;
    return expression.type === "AssignmentExpression" ? expression.right : undefined;
  } catch {
    return undefined;
  }
}

function compare(wanted: FunctionNode, candidate: AnyNode): Map<string, string> | undefined {
  if (!isFunctionNode(candidate) || isArrow(wanted) !== isArrow(candidate)) return undefined;
  const folded = new Map<string, string>();
  // Declaration or expression, and the name that a default export is given, are not part of what it does.
  const isSame = sameTree(wanted.params, candidate.params, folded) &&
    sameTree(wanted.body, candidate.body, folded);
  return isSame ? folded : undefined;
}

function isArrow(node: FunctionNode): boolean {
  return node.type === "ArrowFunctionExpression";
}

const notCompared = new Set(["start", "end", "raw", "type"]);

function sameTree(wanted: unknown, candidate: unknown, folded: Map<string, string>): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(candidate) && wanted.length === candidate.length &&
      wanted.every((item, index) => sameTree(item, candidate[index], folded));
  }
  if (!isObject(wanted) || !isObject(candidate)) return Object.is(wanted, candidate);
  if (wanted["type"] !== candidate["type"]) {
    const [value, name] = [literalText(wanted), candidate["name"]];
    if (value === undefined || candidate["type"] !== "Identifier") return false;
    if (typeof name !== "string" || (folded.get(name) ?? value) !== value) return false;
    folded.set(name, value);
    return true;
  }
  const keys = Object.keys(wanted).filter((key) => !notCompared.has(key));
  return keys.every((key) => sameTree(wanted[key], candidate[key], folded));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The text of a literal, or of a negative number. */
function literalText(node: Record<string, unknown>): string | undefined {
  if (node["type"] === "Literal" && typeof node["raw"] === "string") return node["raw"];
  if (node["type"] !== "UnaryExpression" || node["operator"] !== "-") return undefined;
  const value = isObject(node["argument"]) ? literalText(node["argument"]) : undefined;
  return value === undefined ? undefined : `-${value}`;
}

/** Every name that the functions and blocks around a node declare, the top level left out. */
function enclosedNames(program: Program, path: readonly AnyNode[]): Set<string> {
  const { map } = analyzeScopes(program);
  const names = new Set<string>();
  for (const around of path) {
    const scope = map.get(around as unknown as Parameters<typeof map.get>[0]);
    for (const name of scope?.declarations.keys() ?? []) names.add(name);
  }
  return names;
}
