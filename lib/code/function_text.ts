import { parseExpressionAt } from "acorn";
import { CodeError } from "../proto/errors.ts";
import { type FreeVariable, freeVariables } from "./free_variables.ts";
import { type AnyNode, type FunctionNode, isFunctionNode } from "./syntax.ts";

/** A function's own text, as an expression that gives the function again. */
export type FunctionText = {
  /** On lines of its own below `before`, so that its lines can be told. */
  readonly text: string;
  readonly before: "(" | "Object.values({";
  readonly after: ")" | "})[0]";
  readonly node: FunctionNode | Extract<AnyNode, { type: "ClassExpression" }>;
  readonly free: ReadonlyMap<string, FreeVariable>;
};

/**
 * Reads what `String(fn)` says.
 *
 * @param what How messages call it.
 * @throws {CodeError} When the function has no text (native, bound) or none that stands alone (a getter).
 */
export function readFunctionText(fn: (...args: never[]) => unknown, what: string): FunctionText {
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    throw new CodeError(
      `Cannot ship ${what}: it is native or bound, and has no text; wrap it in a function of yours`,
    );
  }
  const plain = tryParse("(", text, ")");
  if (isFunctionNode(plain) || plain?.type === "ClassExpression") {
    return { text, before: "(", after: ")", node: plain, free: freeIn(plain) };
  }
  const method = tryParse("({", text, "})");
  if (method?.type === "ObjectExpression") {
    const [property] = method.properties;
    if (property?.type === "Property" && property.method && isFunctionNode(property.value)) {
      const free = freeIn(method);
      return { text, before: "Object.values({", after: "})[0]", node: property.value, free };
    }
  }
  throw new CodeError(`Cannot ship ${what}: its text is not that of a function: ${brief(text)}`);
}

/** How messages call a function. */
export function describeFunction(name: string): string {
  return name === "" ? "this function" : `'${name}'`;
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Without offsets: they would be those of a text nobody sees. */
function freeIn(tree: AnyNode): Map<string, FreeVariable> {
  const free = [...freeVariables(tree)];
  return new Map(free.map(([name, use]) => [name, { ...use, offset: undefined }]));
}

function tryParse(before: string, text: string, after: string): AnyNode | undefined {
  try {
    return parseExpressionAt(`${before}${text}\n${after}`, 0, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowAwaitOutsideFunction: true,
    });
  } catch {
    return undefined;
  }
}
