import type { Closure } from "./declarations.ts";
import type { AnyNode } from "./syntax.ts";
import { TextEdits } from "./text_edits.ts";

/**
 * The module's text with only the statements of `closure` left, each where it was; everything else, other exports
 * and unneeded imports included, becomes blank.
 */
export function keepClosure(text: string, closure: Closure): string {
  const edits = new TextEdits(text);
  const kept = [...closure.declarations].sort((a, b) => a.node.start - b.node.start);
  let position = 0;
  for (const { node } of kept) {
    edits.blank(position, node.start);
    if (node.type === "ImportDeclaration") dropUnneeded(text, node, closure.names, edits);
    position = node.end;
  }
  edits.blank(position, text.length);
  return edits.apply();
}

/** Blanks the specifiers nobody needs: a type's name among them would be a missing export. */
function dropUnneeded(
  text: string,
  node: Extract<AnyNode, { type: "ImportDeclaration" }>,
  needed: ReadonlySet<string>,
  edits: TextEdits,
): void {
  const named = node.specifiers.filter((specifier) => specifier.type === "ImportSpecifier");
  for (const [index, specifier] of named.entries()) {
    if (needed.has(specifier.local.name)) continue;
    // With what separates it from the next one.
    edits.blank(specifier.start, named[index + 1]?.start ?? specifier.end);
  }
  const [first, second] = node.specifiers;
  if (first?.type !== "ImportDefaultSpecifier" || needed.has(first.local.name)) return;
  if (second?.type === "ImportSpecifier") {
    edits.blank(first.start, text.indexOf("{", first.end));
  } else if (second !== undefined) {
    edits.blank(first.start, second.start);
  }
}
