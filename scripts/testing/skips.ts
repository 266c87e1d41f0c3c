import ts from "typescript";
import { lineOf, parse, walk } from "../layers/imports.ts";

/** How a test file skips: neither runtime's report tells the reason, so the source must. */
export type Skips = {
  /** Reason by the name of the test or group. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Places that hide tests without saying why, or in a way one of the runtimes counts as passed. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
};

const declarers = new Set(["describe", "it", "test"]);
const allowedImports = new Set([...declarers, "before", "after", "TestContext"]);

/** Reads the skips of one test file. The one way to skip is `{ skip: condition && "reason" }`. */
export function readSkips(path: string, text: string): Skips {
  const file = parse(path, text);
  const reasons = new Map<string, string>();
  const problems: { line: number; message: string }[] = [];
  walk(file, (node) => {
    const message = hiddenTest(node) ?? foreignImport(node);
    if (message !== undefined) problems.push({ line: lineOf(node), message });
    const skip = ts.isCallExpression(node) ? skipOption(node) : undefined;
    if (skip === undefined) return;
    const reason = reasonOf(skip.value, file);
    if (reason === undefined) {
      problems.push({ line: lineOf(skip.value), message: "a skip must say why: { skip: … }" });
    } else reasons.set(skip.test, reason);
  });
  return { reasons, problems };
}

/** `.only` leaves others out; `it.skip` has no reason; `t.skip()` counts as passed in Deno. */
function hiddenTest(node: ts.Node): string | undefined {
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const member = node.name.text;
  const object = ts.isIdentifier(node.expression) ? node.expression.text : "";
  if (!declarers.has(object) && !(object === "t" && ts.isCallExpression(node.parent))) {
    return undefined;
  }
  if (member !== "skip" && member !== "todo" && member !== "only") return undefined;
  return `${object}.${member} is not allowed: use { skip: condition && "reason" }`;
}

function foreignImport(node: ts.Node): string | undefined {
  if (!ts.isImportSpecifier(node)) return undefined;
  const from = node.parent.parent.parent.moduleSpecifier;
  if (!ts.isStringLiteral(from) || from.text !== "node:test") return undefined;
  const name = (node.propertyName ?? node.name).text;
  if (allowedImports.has(name)) return undefined;
  return `${name} of node:test is not the same in both runtimes`;
}

function skipOption(call: ts.CallExpression): { test: string; value: ts.Expression } | undefined {
  const [name, options] = call.arguments;
  if (!ts.isIdentifier(call.expression) || !declarers.has(call.expression.text)) return undefined;
  if (name === undefined || options === undefined || !ts.isObjectLiteralExpression(options)) {
    return undefined;
  }
  const test = ts.isStringLiteralLike(name) ? name.text : name.getText();
  for (const property of options.properties) {
    if (property.name?.getText() !== "skip") continue;
    if (ts.isPropertyAssignment(property)) return { test, value: property.initializer };
    if (ts.isShorthandPropertyAssignment(property)) return { test, value: property.name };
  }
  return undefined;
}

/** The texts inside an expression; those of the constant it names; or the name of something imported. */
function reasonOf(value: ts.Expression, file: ts.SourceFile): string | undefined {
  const texts: string[] = [];
  walk(value, (node) => {
    if (ts.isTemplateExpression(node)) texts.push(node.getText().slice(1, -1));
    else if (ts.isStringLiteralLike(node) && isResult(node)) texts.push(node.text);
  });
  if (texts.length > 0) return texts.join("; ");
  if (!ts.isIdentifier(value)) return undefined;
  let declared: ts.Expression | undefined;
  walk(file, (node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === value.text) {
      declared = node.initializer;
    }
  });
  return declared === undefined ? value.text : reasonOf(declared, file);
}

/** Not an operand of a comparison, as in `process.platform === "linux"`, nor an argument. */
function isResult(node: ts.Node): boolean {
  const parent = node.parent;
  if (ts.isCallExpression(parent) || ts.isElementAccessExpression(parent)) return false;
  if (!ts.isBinaryExpression(parent)) return true;
  const operator = parent.operatorToken.kind;
  return operator === ts.SyntaxKind.AmpersandAmpersandToken ||
    operator === ts.SyntaxKind.BarBarToken || operator === ts.SyntaxKind.QuestionQuestionToken;
}
