import ts from "typescript";
import { lineOf } from "../layers/imports.ts";
import type { PublicSymbol } from "./exports.ts";

/** A gap in the documentation of a public symbol. */
export type DocProblem = { readonly path: string; readonly line: number; readonly message: string };

type Callable =
  | ts.FunctionDeclaration
  | ts.MethodDeclaration
  | ts.MethodSignature
  | ts.ArrowFunction
  | ts.FunctionExpression;

/** What the documentation of a symbol lacks. */
export function checkSymbol(symbol: PublicSymbol): DocProblem[] {
  const problems: DocProblem[] = [];
  const report = (node: ts.Node, message: string): void => {
    problems.push({ path: symbol.path, line: lineOf(node), message });
  };
  const documented = symbol.declarations.filter((node) => jsDocs(node).length > 0);
  const first = symbol.declarations[0];
  if (first === undefined) return [];
  if (!symbol.declarations.some(hasDescription)) report(first, `${symbol.name} has no description`);
  for (const node of documented) {
    const callable = callableOf(node);
    if (callable === undefined) continue;
    checkCallable(symbol.name, node, callable, report);
    if (!hasTag(node, ["example"])) report(node, `${symbol.name} has no @example`);
  }
  for (const node of symbol.declarations) {
    for (const member of publicMembers(node)) checkMember(symbol.name, member, report);
  }
  return problems;
}

type Report = (node: ts.Node, message: string) => void;

/** The documentation comments of a declaration. */
export function jsDocs(node: ts.Node): ts.JSDoc[] {
  return ts.getJSDocCommentsAndTags(node).filter((one) => ts.isJSDoc(one));
}

function hasDescription(node: ts.Node): boolean {
  return jsDocs(node).some((doc) => textOf(doc.comment) !== "");
}

function textOf(comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
  return ts.getTextOfJSDocComment(comment)?.trim() ?? "";
}

function hasTag(node: ts.Node, names: readonly string[]): boolean {
  return ts.getJSDocTags(node).some((tag) => names.includes(tag.tagName.text));
}

function callableOf(node: ts.Node): Callable | undefined {
  if (ts.isFunctionDeclaration(node)) return node;
  if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return undefined;
  const value = node.initializer;
  return ts.isArrowFunction(value) || ts.isFunctionExpression(value) ? value : undefined;
}

/** Members a user may call or read; those named by symbols do what their symbol says everywhere. */
export function publicMembers(node: ts.Node): ts.Node[] {
  const isHolder = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node);
  const members = isHolder
    ? node.members
    : ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type)
    ? node.type.members
    : [];
  return [...members].filter((member) =>
    (ts.isMethodDeclaration(member) || ts.isMethodSignature(member) || ts.isGetAccessor(member)) &&
    (ts.isIdentifier(member.name) || ts.isStringLiteral(member.name))
  );
}

function checkMember(owner: string, member: ts.Node, report: Report): void {
  if (ts.isGetAccessor(member)) {
    if (!hasDescription(member)) {
      report(member, `${owner}.${member.name.getText()} has no description`);
    }
    return;
  }
  if (!ts.isMethodDeclaration(member) && !ts.isMethodSignature(member)) return;
  const name = `${owner}.${member.name.getText()}`;
  if (hasDescription(member)) checkCallable(name, member, member, report);
  else if (!hasDocumentedOverload(member)) report(member, `${name} has no description`);
}

/** The body of an overloaded method is not what users see. */
function hasDocumentedOverload(member: ts.MethodDeclaration | ts.MethodSignature): boolean {
  if (!ts.isClassDeclaration(member.parent)) return false;
  return member.parent.members.some((other) =>
    other !== member && other.name?.getText() === member.name.getText() && hasDescription(other)
  );
}

function checkCallable(
  name: string,
  documented: ts.Node,
  callable: Callable,
  report: Report,
): void {
  const tags = ts.getJSDocTags(documented).filter((tag) => ts.isJSDocParameterTag(tag));
  for (const parameter of callable.parameters) {
    const label = parameter.name.getText();
    if (!ts.isIdentifier(parameter.name) || label === "this") continue;
    const tag = tags.find((one) => one.name.getText() === label);
    if (textOf(tag?.comment) === "") report(parameter, `${name} has no @param ${label}`);
  }
  if (givesResult(callable) && !hasTag(documented, ["returns", "return"])) {
    report(documented, `${name} has no @returns`);
  }
  const body = "body" in callable ? callable.body : undefined;
  if (body !== undefined && throws(body) && !hasTag(documented, ["throws"])) {
    report(documented, `${name} has no @throws`);
  }
}

const resultless = /^(?:void|undefined|never|Promise<(?:void|undefined|never)>|asserts\b.*)$/;

function givesResult(callable: Callable): boolean {
  const type = callable.type?.getText();
  return type !== undefined && !resultless.test(type);
}

/** Whether a function throws by itself: not in a function inside it, nor where it catches. */
function throws(node: ts.Node): boolean {
  if (ts.isThrowStatement(node)) return true;
  if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
  if (ts.isTryStatement(node) && node.catchClause !== undefined) {
    return throws(node.catchClause) ||
      (node.finallyBlock !== undefined && throws(node.finallyBlock));
  }
  return ts.forEachChild(node, (child) => throws(child) || undefined) ?? false;
}
