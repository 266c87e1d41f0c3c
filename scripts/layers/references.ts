import ts from "typescript";
import { lineOf, walk } from "./imports.ts";

/** A mention of a global name, or of a member as `object.member`. */
export type Reference = { readonly name: string; readonly line: number };

/**
 * Every identifier of a file that stands for a global value or namespace, and every member read from one. A name that
 * the file binds anywhere, as a parameter or variable, is its own.
 */
export function readReferences(file: ts.SourceFile): Reference[] {
  const references: Reference[] = [];
  const bound = boundNames(file);
  walk(file, (node) => {
    if (ts.isIdentifier(node) && isReference(node) && !bound.has(node.text)) {
      references.push({ name: node.text, line: lineOf(node) });
    } else if (ts.isPropertyAccessExpression(node)) {
      references.push({ name: memberName(node), line: lineOf(node.name) });
    } else if (isCurrentDate(node)) {
      references.push({ name: "Date.now", line: lineOf(node) });
    }
  });
  return references;
}

function boundNames(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  walk(file, (node) => {
    const binds = ts.isParameter(node) || ts.isVariableDeclaration(node) ||
      ts.isBindingElement(node);
    if (binds && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
}

function memberName(node: ts.PropertyAccessExpression): string {
  const object = ts.isIdentifier(node.expression) ? node.expression.text : "";
  return `${object}.${node.name.text}`;
}

/** `new Date()` and `Date()` read the clock as `Date.now()` does. */
function isCurrentDate(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return false;
  const readsClock = ts.isCallExpression(node) || (node.arguments?.length ?? 0) === 0;
  return readsClock && ts.isIdentifier(node.expression) && node.expression.text === "Date";
}

function isReference(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
  return !("name" in parent && parent.name === node);
}
