import { analyze } from "periscopic";
import { type AnyNode, walk } from "./syntax.ts";

type ScopeNode = Parameters<typeof analyze>[0];

/** Scopes and references of a tree, as periscopic sees them, with the names of class expressions put right. */
export function analyzeScopes(tree: AnyNode): ReturnType<typeof analyze> {
  const named: AnyNode[] = [];
  walk(tree, (node) => {
    if (node.type === "ClassExpression" && node.id) named.push(node);
  });
  // periscopic declares the name of a class declaration only, and would call `A` free in `class A { m() { A } }`.
  const setType = (type: string) => {
    for (const node of named) Object.assign(node, { type });
  };
  setType("ClassDeclaration");
  try {
    return analyze(tree as unknown as ScopeNode);
  } finally {
    setType("ClassExpression");
  }
}

/** A use of a name that is not declared where it is used. */
export type FreeVariable = {
  /** Offset of a use; undefined where no text of the user's can be pointed at. */
  readonly offset: number | undefined;
  /** The code asks about it with `typeof name`: it is prepared to live without. */
  readonly isGuarded: boolean;
};

/** Taken for names by periscopic: a function's own `arguments`, and what `import.meta` and `new.target` begin with. */
const notNames: ReadonlySet<string> = new Set(["arguments", "import", "new"]);

/** Names used but not declared in `tree`. */
export function freeVariables(tree: AnyNode): Map<string, FreeVariable> {
  const guarded = new Set<string>();
  walk(tree, (node) => {
    if (node.type !== "UnaryExpression" || node.operator !== "typeof") return;
    if (node.argument.type === "Identifier") guarded.add(node.argument.name);
  });
  const free = new Map<string, FreeVariable>();
  for (const [name, node] of analyzeScopes(tree).globals) {
    if (notNames.has(name)) continue;
    const { start } = node as unknown as AnyNode;
    free.set(name, { offset: start, isGuarded: guarded.has(name) });
  }
  return free;
}

/** Globals of one platform or kind of module that code may name while another runs the client. */
const otherGlobals = [
  "Bun",
  "Deno",
  "Buffer",
  "process",
  "global",
  "window",
  "self",
  "document",
  "require",
  "module",
  "exports",
  "__filename",
  "__dirname",
  "undefined",
  "NaN",
  "Infinity",
  "eval",
  "postMessage",
  "onmessage",
  "close",
  "gc",
];

/** Taken once, at start: what a program puts on globalThis later is its own and not there in a Worker. */
const platformGlobals: ReadonlySet<string> = new Set([...otherGlobals, ...namesOf(globalThis)]);

/** Whether every Worker has a global of this name. */
export function isPlatformGlobal(name: string): boolean {
  return platformGlobals.has(name);
}

function namesOf(object: object | null): string[] {
  if (object === null) return [];
  return [...Object.getOwnPropertyNames(object), ...namesOf(Object.getPrototypeOf(object))];
}
