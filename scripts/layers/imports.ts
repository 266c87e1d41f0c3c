import ts from "typescript";

/** One import, export-from, import type or dynamic import of a file. */
export type ImportSite = {
  readonly specifier: string;
  readonly kind: "value" | "type" | "dynamic";
  readonly line: number;
};

/** Parses TypeScript text, with parent links. */
export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** The line of a node, counted from 1. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

/** Calls `visit` with a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Every import of a file whose specifier is written as text. */
export function readImports(file: ts.SourceFile): ImportSite[] {
  const sites: ImportSite[] = [];
  walk(file, (node) => {
    const found = importOf(node);
    if (found === undefined || !ts.isStringLiteralLike(found.specifier)) return;
    sites.push({ specifier: found.specifier.text, kind: found.kind, line: lineOf(node) });
  });
  return sites;
}

type Found = { readonly specifier: ts.Node; readonly kind: ImportSite["kind"] };

function importOf(node: ts.Node): Found | undefined {
  if (ts.isImportDeclaration(node)) {
    const typeOnly = node.importClause?.isTypeOnly === true;
    return { specifier: node.moduleSpecifier, kind: typeOnly ? "type" : "value" };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { specifier: node.moduleSpecifier, kind: node.isTypeOnly ? "type" : "value" };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: node.argument.literal, kind: "type" };
  }
  if (ts.isExternalModuleReference(node)) return { specifier: node.expression, kind: "value" };
  if (ts.isCallExpression(node) && isLoader(node.expression)) {
    const specifier = node.arguments[0];
    return specifier === undefined ? undefined : { specifier, kind: "dynamic" };
  }
  return undefined;
}

function isLoader(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(callee) && callee.text === "require");
}

/** Whether a file leaves nothing behind once its types are erased, or only passes on what others export. */
export function isTypesOnly(file: ts.SourceFile): boolean {
  return file.statements.every((statement) =>
    ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) ||
    ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) ||
    (ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword) === true)
  );
}
