/** Finds the files that code names beside itself: `new URL("./model.wasm", import.meta.url)`. */
import { dirname, resolve } from "node:path";
import type { AnyNode, Program } from "./syntax.ts";
import { walkMatches } from "./syntax.ts";

/**
 * @param fileAt The user's file that the text at an offset comes from.
 * @returns Their absolute paths, each once. Whether they are there is not known.
 */
export function assetsOf(
  program: Program,
  text: string,
  fileAt: (offset: number) => string,
): string[] {
  const assets = new Set<string>();
  walkMatches(program, text, /\bnew\s+URL\b/g, (node) => {
    const path = relativeAddress(node);
    if (path !== undefined) assets.add(resolve(dirname(fileAt(node.start)), path));
  });
  return [...assets];
}

function relativeAddress(node: AnyNode): string | undefined {
  if (node.type !== "NewExpression") return undefined;
  const { callee, arguments: [address, base] } = node;
  if (callee.type !== "Identifier" || callee.name !== "URL" || !isOwnAddress(base)) {
    return undefined;
  }
  if (address?.type !== "Literal" || typeof address.value !== "string") return undefined;
  if (!/^\.{1,2}\//.test(address.value)) return undefined;
  const [path = ""] = address.value.split(/[?#]/);
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // No path of a file is written like this.
  }
}

/** Whether it is `import.meta.url`. */
function isOwnAddress(node: AnyNode | undefined): boolean {
  return node?.type === "MemberExpression" && node.object.type === "MetaProperty" &&
    node.property.type === "Identifier" && node.property.name === "url";
}
