import { lineOf } from "../layers/imports.ts";
import { publicSymbols, type Read } from "./exports.ts";
import { jsDocs, publicMembers } from "./tags.ts";

/**
 * One block of code in a docstring or page that begins with "```ts". It must run without error; when it has comments
 * that begin with `// prints: `, their texts are all that it prints, line by line.
 */
export type Example = {
  /** File and line of the block. */
  readonly place: string;
  readonly code: string;
  /** The lines it prints; undefined when it does not say. */
  readonly prints: readonly string[] | undefined;
};

/** Examples in the docstrings of everything that `entry` exports, each once. */
export function docstringExamples(entry: string, read: Read): Example[] {
  const examples = publicSymbols(entry, read).flatMap(({ path, declarations }) => {
    const documented = declarations.flatMap((one) => [one, ...publicMembers(one)]);
    return documented.flatMap(jsDocs).flatMap((doc) => {
      const text = doc.getText()
        .replace(/^\/\*\*|\*\/$/g, "")
        .replace(/^[ \t]*\* ?/gm, "")
        .replaceAll("*\\/", "*/");
      return codeBlocks(path, lineOf(doc), text);
    });
  });
  return [...new Map(examples.map((example) => [example.place, example])).values()];
}

/** Examples of a page in Markdown: blocks marked `ts`, but not `ts ignore`. */
export function pageExamples(path: string, text: string): Example[] {
  return codeBlocks(path, 1, text);
}

function codeBlocks(path: string, firstLine: number, text: string): Example[] {
  return [...text.matchAll(/^( *)```ts[ \t]*\n([\s\S]*?)\n *```[ \t]*$/gm)].map((match) => {
    const line = firstLine + text.slice(0, match.index).split("\n").length - 1;
    const code = match[2] ?? "";
    const prints = [...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, printed]) => printed ?? "");
    return { place: `${path}:${line}`, code, prints: prints.length > 0 ? prints : undefined };
  });
}

/**
 * The code of an example with its imports of the library, however written, made to reach `mod.ts` and `job.ts`.
 *
 * @param libraryPath Where `mod.ts` is.
 */
export function withLibrary(code: string, libraryPath: string): string {
  const library =
    /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(?:[./\w-]*\/mod\.ts|muster|@muster\/muster)\2/g;
  const job = /(\bfrom\s*)(["'])(?:[./\w-]*\/job\.ts|muster\/job|@muster\/muster\/job)\2/g;
  const jobPath = libraryPath.replace(/mod\.ts$/, "job.ts");
  return code.replace(library, (_, before) => `${before}${JSON.stringify(libraryPath)}`)
    .replace(job, (_, before) => `${before}${JSON.stringify(jobPath)}`);
}
