/** The top level of one module: what it declares, and what each declaration needs. */
import { type FreeVariable, freeVariables } from "./free_variables.ts";
import { type AnyNode, boundNames, type Program, rootName } from "./syntax.ts";

/** One top-level statement that binds names or completes what another one bound. */
export type Declaration = {
  readonly node: AnyNode;
  /** Names it binds; empty for a statement that completes others. */
  readonly names: readonly string[];
  /** Names of declarations it completes: `Color` for the function that fills an enum. */
  readonly completes: readonly string[];
};

/** What a module's top level declares, imports included, and what completes it. */
export function topLevelDeclarations(program: Program): Declaration[] {
  return program.body.flatMap(declarationsOf);
}

function declarationsOf(node: AnyNode): Declaration[] {
  switch (node.type) {
    case "ImportDeclaration":
      return [declares(node, node.specifiers.map((specifier) => specifier.local.name))];
    case "VariableDeclaration":
      return [declares(node, node.declarations.flatMap(({ id }) => boundNames(id)))];
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return [declares(node, node.id ? [node.id.name] : [])];
    case "ExportNamedDeclaration":
      // The statement itself, without the word `export`.
      return node.declaration ? declarationsOf(node.declaration) : [];
    case "ExportDefaultDeclaration": {
      const { declaration } = node;
      const isNamed = (declaration.type === "FunctionDeclaration" ||
        declaration.type === "ClassDeclaration") && declaration.id !== null;
      return isNamed ? declarationsOf(declaration) : [];
    }
    case "TryStatement":
      // What Bun makes of the statements that follow a top-level `using`.
      return node.block.body.flatMap(declarationsOf);
    case "ExpressionStatement": {
      const completes = completedNames(node.expression);
      return completes.length === 0 ? [] : [{ node, names: [], completes }];
    }
    default:
      return [];
  }
}

function declares(node: AnyNode, names: readonly string[]): Declaration {
  return { node, names, completes: [] };
}

/**
 * Statements that belong to a declaration although they stand beside it: assignments (`later = 1`, `fn.version = 2`),
 * the functions that fill enums and namespaces, `Object.freeze(table)` and its kin, decorator helpers.
 */
function completedNames(expression: AnyNode): string[] {
  if (expression.type === "AssignmentExpression") {
    const root = rootName(expression.left);
    return root === undefined ? boundNames(expression.left) : [root];
  }
  if (expression.type === "SequenceExpression") {
    const parts = expression.expressions.map(completedNames);
    return parts.every((names) => names.length > 0) ? parts.flat() : [];
  }
  if (expression.type !== "CallExpression") return [];
  const { callee } = expression;
  const [first] = expression.arguments;
  if (callee.type === "ArrowFunctionExpression" || callee.type === "FunctionExpression") {
    return first === undefined ? [] : filledName(first);
  }
  if (callee.type === "MemberExpression" && rootName(callee) === "Object") {
    return first === undefined ? [] : filledName(first);
  }
  if (callee.type === "Identifier" && callee.name.startsWith("__")) {
    return expression.arguments.flatMap((argument) => rootName(argument) ?? []);
  }
  return [];
}

/** `X` of `X`, `X || (X = {})`, `X ||= {}` and `X.prototype`. */
function filledName(argument: AnyNode): string[] {
  if (argument.type === "LogicalExpression") return filledName(argument.left);
  if (argument.type === "AssignmentExpression") return filledName(argument.left);
  return [rootName(argument) ?? []].flat();
}

/** What a set of names needs, followed through the top level of its module. */
export type Closure = {
  readonly declarations: ReadonlySet<Declaration>;
  /** All names reached that the module declares. */
  readonly names: ReadonlySet<string>;
  /** Names nothing at the top level declares. */
  readonly unresolved: ReadonlyMap<string, FreeVariable>;
};

/**
 * Follows `roots` through the declarations that need each other.
 *
 * @param provided Names that come from elsewhere, whatever the module declares.
 */
export function closureOf(
  declarations: readonly Declaration[],
  roots: Iterable<readonly [name: string, use: FreeVariable]>,
  provided: ReadonlySet<string>,
): Closure {
  const taken = new Set<Declaration>();
  const names = new Set<string>();
  const unresolved = new Map<string, FreeVariable>();
  const waiting = [...roots];
  const take = (declaration: Declaration) => {
    if (taken.has(declaration)) return;
    taken.add(declaration);
    if (declaration.node.type !== "ImportDeclaration") {
      waiting.push(...freeVariables(declaration.node));
    }
  };
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [name, use] = next;
    if (provided.has(name) || names.has(name)) continue;
    const declaring = declarations.filter((each) => each.names.includes(name));
    if (declaring.length === 0) {
      if (!unresolved.has(name)) unresolved.set(name, use);
      continue;
    }
    names.add(name);
    declaring.forEach(take);
    declarations.filter((each) => each.completes.includes(name)).forEach(take);
  }
  return { declarations: taken, names, unresolved };
}
