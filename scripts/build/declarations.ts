import { posix } from "node:path";
import ts from "typescript";
import { root } from "../files.ts";

/** A top-level declaration of a file, or what an import there stands for. */
type Binding =
  | { readonly kind: "declared"; readonly statement: ts.Statement }
  | { readonly kind: "imported"; readonly path: string; readonly name: string };

type DeclarationFile = {
  readonly source: ts.SourceFile;
  /** By the name in the file. */
  readonly bindings: ReadonlyMap<string, Binding>;
};

/**
 * The types of a module as one declaration file that imports nothing.
 *
 * It holds every declaration that the exports of the module reach. Constructors that take what is not among them are
 * written as protected ones: users have nothing to call them with.
 *
 * @param entry A module of the repository that only exports from others, relative to the repository.
 * @throws {Error} If two declarations have the same name, or one needs a package.
 */
export function flattenDeclarations(entry: string): string {
  const files = emitDeclarations(entry);
  const exported = exportedNames(fileAt(files, entry));
  const flattened = new Flattening(files, new Set(exported.keys()));
  for (const [name, path] of exported) flattened.include(path, name);
  const header = leadingComment(fileAt(files, entry).source);
  return `${header}\n${flattened.texts().join("\n")}\nexport {};\n`;
}

/** The declaration files of all modules that one imports, by path relative to the repository. */
function emitDeclarations(entry: string): Map<string, DeclarationFile> {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([`${root}/${entry}`], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: root,
    rootDir: root,
    // Checked elsewhere; what the declarations need is told in the modules themselves.
    noCheck: true,
    types: [],
  });
  const files = new Map<string, DeclarationFile>();
  program.emit(undefined, (path, text) => {
    const key = posix.relative(root, path).replace(/\.d\.ts$/, ".ts");
    files.set(key, readFile(key, text));
  });
  return files;
}

function readFile(path: string, text: string): DeclarationFile {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const bindings = new Map<string, Binding>();
  for (const statement of source.statements) {
    for (const [name, binding] of bindingsOf(statement, path)) bindings.set(name, binding);
  }
  return { source, bindings };
}

function bindingsOf(statement: ts.Statement, path: string): [string, Binding][] {
  if (ts.isImportDeclaration(statement)) {
    const from = resolve(path, statement.moduleSpecifier);
    const named = statement.importClause?.namedBindings;
    if (named === undefined || !ts.isNamedImports(named)) return [];
    return named.elements.map(({ name, propertyName }) => [
      name.text,
      { kind: "imported", path: from, name: (propertyName ?? name).text },
    ]);
  }
  const declared: Binding = { kind: "declared", statement };
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => [name.getText(), declared]);
  }
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [[name.getText(), declared]];
}

function exportedNames({ source }: DeclarationFile): Map<string, string> {
  const names = new Map<string, string>();
  for (const statement of source.statements) {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    if (
      !ts.isExportDeclaration(statement) || clause === undefined || !ts.isNamedExports(clause) ||
      clause.elements.some((element) => element.propertyName !== undefined)
    ) {
      throw new Error(`Cannot flatten ${source.fileName}: it has more than "export { … } from"`);
    }
    const from = resolve(source.fileName, statement.moduleSpecifier);
    for (const { name } of clause.elements) names.set(name.text, from);
  }
  return names;
}

/** Collects declarations, each once, with all that they need. */
class Flattening {
  readonly #files: ReadonlyMap<string, DeclarationFile>;
  readonly #exported: ReadonlySet<string>;
  readonly #statements = new Map<string, ts.Statement>();

  constructor(files: ReadonlyMap<string, DeclarationFile>, exported: ReadonlySet<string>) {
    this.#files = files;
    this.#exported = exported;
  }

  include(path: string, name: string): void {
    const binding = fileAt(this.#files, path).bindings.get(name);
    if (binding === undefined) throw new Error(`Cannot flatten ${path}: it has no ${name}`);
    if (binding.kind === "imported") return this.include(binding.path, binding.name);
    const { statement } = binding;
    const known = this.#statements.get(name);
    if (known === statement) return;
    if (known !== undefined) {
      throw new Error(`Cannot flatten ${path}: ${known.getSourceFile().fileName} has ${name} too`);
    }
    this.#statements.set(name, statement);
    for (const used of this.#namesUsed(statement)) this.include(path, used);
  }

  texts(): string[] {
    return [...this.#statements].map(([name, statement]) =>
      this.#print(statement, this.#exported.has(name))
    );
  }

  #namesUsed(statement: ts.Statement): string[] {
    const { bindings } = fileAt(this.#files, statement.getSourceFile().fileName);
    const names: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isImportTypeNode(node)) throw new Error(`Cannot flatten ${node.getText()}`);
      if (this.#isClosed(node)) return;
      if (ts.isIdentifier(node) && isUse(node) && bindings.has(node.text)) names.push(node.text);
      ts.forEachChild(node, visit);
    };
    ts.forEachChild(statement, visit);
    return names;
  }

  /** Whether it is a constructor with a parameter that only the library has. */
  #isClosed(node: ts.Node): node is ts.ConstructorDeclaration {
    if (!ts.isConstructorDeclaration(node)) return false;
    const { bindings } = fileAt(this.#files, node.getSourceFile().fileName);
    return node.parameters.some(({ type }) =>
      type !== undefined && ts.isTypeReferenceNode(type) &&
      bindings.has(type.typeName.getText()) && !this.#exported.has(type.typeName.getText())
    );
  }

  #print(statement: ts.Statement, isExported: boolean): string {
    let text = statement.getFullText().trimStart();
    const offset = statement.getEnd() - text.length;
    const closed = ts.isClassDeclaration(statement)
      ? statement.members.find((member) => this.#isClosed(member))
      : undefined;
    if (closed !== undefined) {
      const [start, end] = [closed.getStart() - offset, closed.getEnd() - offset];
      text = `${text.slice(0, start)}protected constructor();${text.slice(end)}`;
    }
    const start = statement.getStart() - offset;
    const declaration = text.slice(start).replace(/^export /, "").replace(/^declare /, "");
    const prefix = isExported ? "export declare " : "declare ";
    return text.slice(0, start) + prefix + declaration;
  }
}

/** A mention of a name, not the name of a member. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  return !("name" in parent) || parent.name !== node;
}

function fileAt(files: ReadonlyMap<string, DeclarationFile>, path: string): DeclarationFile {
  const file = files.get(path);
  if (file === undefined) throw new Error(`Cannot flatten the types: they need ${path}`);
  return file;
}

function resolve(from: string, specifier: ts.Expression | undefined): string {
  const text = specifier !== undefined && ts.isStringLiteral(specifier) ? specifier.text : "";
  return text.startsWith(".") ? posix.join(posix.dirname(from), text) : text;
}

function leadingComment(source: ts.SourceFile): string {
  const [range] = ts.getLeadingCommentRanges(source.text, 0) ?? [];
  return range === undefined ? "" : source.text.slice(range.pos, range.end);
}
