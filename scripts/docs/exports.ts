import { posix } from "node:path";
import ts from "typescript";
import { parse } from "../layers/imports.ts";

/** A symbol that users can import, with all its declarations (overloads, merged types). */
export type PublicSymbol = {
  readonly name: string;
  readonly path: string;
  readonly declarations: readonly ts.Node[];
};

/** Reads a file by its path relative to the repository. */
export type Read = (path: string) => string;

/**
 * Every symbol that a module exports, followed through its re-exports to where it is declared. Symbols of packages
 * are left out: they have documentation of their own.
 *
 * @throws {Error} If an exported name is declared nowhere.
 */
export function publicSymbols(entry: string, read: Read): PublicSymbol[] {
  return [...new Exports(read).of(entry).values()];
}

class Exports {
  readonly #read: Read;
  readonly #files = new Map<string, ts.SourceFile>();

  constructor(read: Read) {
    this.#read = read;
  }

  of(path: string): Map<string, PublicSymbol> {
    const symbols = new Map<string, PublicSymbol>();
    for (const statement of this.#file(path).statements) {
      if (ts.isExportDeclaration(statement)) {
        for (const [name, symbol] of this.#exported(path, statement)) symbols.set(name, symbol);
      } else if (isExported(statement)) {
        for (const name of declaredNames(statement)) {
          symbols.set(name, { name, path, declarations: this.#declarations(path, name) });
        }
      }
    }
    return symbols;
  }

  #file(path: string): ts.SourceFile {
    const known = this.#files.get(path) ?? parse(path, this.#read(path));
    this.#files.set(path, known);
    return known;
  }

  #exported(path: string, statement: ts.ExportDeclaration): Map<string, PublicSymbol> {
    const found = new Map<string, PublicSymbol>();
    const from = statement.moduleSpecifier;
    const specifier = from !== undefined && ts.isStringLiteral(from) ? from.text : undefined;
    const clause = statement.exportClause;
    if (clause === undefined || ts.isNamespaceExport(clause)) {
      return specifier === undefined ? found : this.#target(path, specifier);
    }
    for (const element of clause.elements) {
      const inner = (element.propertyName ?? element.name).text;
      const symbol = specifier === undefined
        ? this.#local(path, inner)
        : this.#remote(path, specifier, inner);
      if (symbol !== undefined) {
        found.set(element.name.text, { ...symbol, name: element.name.text });
      }
    }
    return found;
  }

  #target(path: string, specifier: string): Map<string, PublicSymbol> {
    if (!specifier.startsWith(".")) return new Map();
    return this.of(posix.join(posix.dirname(path), specifier));
  }

  #remote(path: string, specifier: string, name: string): PublicSymbol | undefined {
    if (!specifier.startsWith(".")) return undefined;
    const symbol = this.#target(path, specifier).get(name);
    if (symbol === undefined) throw new Error(`${path} exports ${name}, not found in ${specifier}`);
    return symbol;
  }

  /** A name exported apart from its declaration, or imported first. */
  #local(path: string, name: string): PublicSymbol | undefined {
    const declarations = this.#declarations(path, name);
    if (declarations.length > 0) return { name, path, declarations };
    for (const statement of this.#file(path).statements) {
      if (!ts.isImportDeclaration(statement)) continue;
      const bindings = statement.importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
      const element = bindings.elements.find((one) => one.name.text === name);
      if (element === undefined || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
      const inner = (element.propertyName ?? element.name).text;
      return this.#remote(path, statement.moduleSpecifier.text, inner);
    }
    throw new Error(`${path} exports ${name}, which it does not declare`);
  }

  #declarations(path: string, name: string): ts.Node[] {
    return this.#file(path).statements.flatMap((statement): ts.Node[] => {
      if (!ts.isVariableStatement(statement)) {
        return declaredNames(statement).includes(name) ? [statement] : [];
      }
      return statement.declarationList.declarations.filter((one) => one.name.getText() === name);
    });
  }
}

function isExported(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) === true;
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => declaration.name.getText());
  }
  const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) || ts.isModuleDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}
