// One job of the report in js_report.ts, and a module for `muster map` by itself:
//   muster map examples/measure_file.ts --glob 'node_modules/typescript/lib/*.js'
import { type Node, parse } from "acorn";
import { readFileSync } from "node:fs";

/** What a JavaScript file holds. */
export type FileMeasure = {
  readonly path: string;
  readonly bytes: number;
  readonly functions: number;
  /** The longest function that has a name. */
  readonly longest: { readonly name: string; readonly line: number; readonly lines: number };
};

type NamedNode = Node & { readonly id?: { readonly name?: string } | null };

/** Parses a JavaScript file and measures its functions. */
export default function measureFile(path: string): FileMeasure {
  const text = readFileSync(path, "utf8");
  let functions = 0;
  let longest = { name: "-", line: 0, lines: 0 };
  visit(parseAny(text), (node) => {
    if (!/Function/.test(node.type)) return;
    functions += 1;
    const name = (node as NamedNode).id?.name;
    if (name === undefined || node.end - node.start < longest.lines) return;
    const lines = countLines(text, node.start, node.end);
    const line = lines > longest.lines ? countLines(text, 0, node.start) : 0;
    if (line > 0) longest = { name, line, lines };
  });
  return { path, bytes: Buffer.byteLength(text), functions, longest };
}

function parseAny(text: string): Node {
  const options = { ecmaVersion: "latest", allowHashBang: true } as const;
  try {
    return parse(text, { ...options, sourceType: "module" });
  } catch {
    // Older packages are scripts, some of which are no valid modules.
    const script = { allowReturnOutsideFunction: true, sourceType: "script" } as const;
    return parse(text, { ...options, ...script });
  }
}

/** Lines that a part of the text touches. The parser could note places itself, for a third more memory. */
function countLines(text: string, start: number, end: number): number {
  let lines = 1;
  for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) {
    lines += 1;
  }
  return lines;
}

function visit(node: Node, onNode: (node: Node) => void): void {
  onNode(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && typeof child.type === "string") {
        visit(child, onNode);
      }
    }
  }
}
