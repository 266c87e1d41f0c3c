import { type AnyNode, Parser, type Program } from "acorn";

export type { AnyNode, Program } from "acorn";

/** A statement of a module's top level. */
export type ModuleStatement = Program["body"][number];

/** A function of any spelling. */
export type FunctionNode = Extract<
  AnyNode,
  { type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression" }
>;

/**
 * acorn without its look-out for names declared twice: it searches all names of the top level for each one of them,
 * half the time of a large bundle, to find what the bundler or the engine reports anyway.
 */
const QuickParser = Parser.extend((base) => {
  const quick = class extends base {};
  Object.assign(quick.prototype, { declareName: ignore, checkLocalExport: ignore });
  return quick;
});

function ignore(): void {}

/**
 * Parses the text of an ES module.
 * @throws {SyntaxError} with `loc` (line from 1, column from 0) when it is not one.
 */
export function parseModule(text: string): Program {
  return QuickParser.parse(text, {
    ecmaVersion: "latest",
    sourceType: "module",
    allowHashBang: true,
  });
}

/** Calls `visit` for each node from the outside in; a visit that returns false is not followed inside. */
export function walk(node: AnyNode, visit: (node: AnyNode) => boolean | void): void {
  if (visit(node) === false) return;
  for (const child of childrenOf(node)) walk(child, visit);
}

/** As `walk`, but only into nodes whose text has a match of `pattern`: most of a large bundle is passed over. */
export function walkMatches(
  node: AnyNode,
  text: string,
  pattern: RegExp,
  visit: (node: AnyNode) => boolean | void,
): void {
  const offsets = Array.from(text.matchAll(pattern), (match) => match.index);
  walk(node, (inner) => {
    const next = offsets[firstAtLeast(offsets, inner.start)];
    return next !== undefined && next < inner.end && visit(inner);
  });
}

/** Index of the first of ascending `numbers` that is `least` or more. */
function firstAtLeast(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isNode(item)) children.push(item);
    }
  }
  return children;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value &&
    typeof value.type === "string";
}

/** Whether the node is a function of any spelling (declaration, expression, arrow; a method's value is one). */
export function isFunctionNode(node: AnyNode | null | undefined): node is FunctionNode {
  return node?.type === "FunctionDeclaration" || node?.type === "FunctionExpression" ||
    node?.type === "ArrowFunctionExpression";
}

/** The names a pattern binds: `{ a, b: [c] = [] }` gives a and c. */
export function boundNames(pattern: AnyNode): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        boundNames(property.type === "RestElement" ? property.argument : property.value)
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => element === null ? [] : boundNames(element));
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    default:
      return [];
  }
}

/** The identifier a chain of members starts from: `a` of `a.b[0].c`; undefined for anything else. */
export function rootName(node: AnyNode): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "MemberExpression" ? rootName(node.object) : undefined;
}
