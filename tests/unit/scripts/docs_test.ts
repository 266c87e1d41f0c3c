import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { docstringExamples, pageExamples, withLibrary } from "../../../scripts/docs/examples.ts";
import { publicSymbols, type Read } from "../../../scripts/docs/exports.ts";
import { checkSymbol } from "../../../scripts/docs/tags.ts";

function reader(files: Record<string, string>): Read {
  return (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`no file ${path}`);
    return text;
  };
}

/** What the documentation of one file lacks, without the places. */
function gaps(text: string): string[] {
  const read = reader({ "mod.ts": text });
  return publicSymbols("mod.ts", read).flatMap(checkSymbol).map(({ message }) => message);
}

describe("publicSymbols()", () => {
  it("follows every form of export to its declaration", () => {
    const read = reader({
      "mod.ts": `
        import { viaImport } from "./lib/a.ts";
        export { viaImport };
        export { one as two, type T } from "./lib/a.ts";
        export type { Deep } from "./lib/index.ts";
        export * from "./lib/index.ts";
        export { z } from "zod";
        const local = 1;
        export { local as renamed };`,
      "lib/index.ts": `export * from "./deep.ts"; export class Direct {}`,
      "lib/deep.ts": `export type Deep = 1; type Hidden = 2;`,
      "lib/a.ts":
        `export const one = 1, viaImport = 2; export type T = 1; export const unused = 3;`,
    });
    const places = publicSymbols("mod.ts", read).map(({ name, path }) => `${name} ${path}`);
    assert.deepEqual(places.sort(), [
      "Deep lib/deep.ts",
      "Direct lib/index.ts",
      "T lib/a.ts",
      "renamed mod.ts",
      "two lib/a.ts",
      "viaImport lib/a.ts",
    ]);
  });

  it("refuses a name that is nowhere", () => {
    const read = reader({ "mod.ts": `export { x } from "./a.ts";`, "a.ts": "const x = 1;" });
    assert.throws(() => publicSymbols("mod.ts", read), /mod\.ts exports x, not found/);
  });
});

describe("checkSymbol()", () => {
  it("accepts full documentation", () => {
    const text = `
      /** A shape. */
      export type Shape = { readonly a: number };
      /**
       * Does it.
       * @param timeMs How long, in milliseconds.
       * @returns What came of it.
       * @throws {RangeError} If the time is negative.
       * @example
       * \`\`\`ts
       * f(1);
       * \`\`\`
       */
      export function f(timeMs: number): number { if (timeMs < 0) throw new RangeError(); return 1; }
      /** A class. */
      export class C {
        #hidden(): number { return 1; }
        /** Closes it. */
        close(): Promise<void> { return Promise.resolve(); }
        [Symbol.asyncDispose](): Promise<void> { return this.close(); }
      }`;
    assert.deepEqual(gaps(text), []);
  });

  it("names each gap of a function", () => {
    const text = `/** @param a */ export const f = (a: number, b: string): number => { throw a; };`;
    assert.deepEqual(gaps(text), [
      "f has no description",
      "f has no @param a",
      "f has no @param b",
      "f has no @returns",
      "f has no @throws",
      "f has no @example",
    ]);
  });

  it("names each gap of a method", () => {
    const text = `
      /** A class. */
      export class C {
        open(): void {}
        /** Reads. */
        read(count: number): string { return "x".repeat(count); }
        get size(): number { return 1; }
      }
      /** A type. */
      export interface I { go(): void }`;
    assert.deepEqual(gaps(text), [
      "C.open has no description",
      "C.read has no @param count",
      "C.read has no @returns",
      "C.size has no description",
      "I.go has no description",
    ]);
  });

  it("asks for @throws only where the function itself throws", () => {
    const text = `
      /**
       * Does it.
       * @example none
       */
      export function f(): void {
        const inner = () => { throw new Error(); };
        try { throw new Error(); } catch { inner; }
      }`;
    assert.deepEqual(gaps(text), []);
  });
});

describe("examples", () => {
  it("are found in docstrings, with the lines they print", () => {
    const text = [
      "/**",
      " * One.",
      " * @example",
      " * ```ts",
      ' * import { one } from "../mod.ts";',
      " * console.log(one); // prints: 1",
      " * /* no more *\\/",
      " * ```",
      " */",
      "export const one = 1, two = 2;",
    ].join("\n");
    assert.deepEqual(docstringExamples("mod.ts", reader({ "mod.ts": text })), [{
      place: "mod.ts:4",
      code: 'import { one } from "../mod.ts";\nconsole.log(one); // prints: 1\n/* no more */',
      prints: ["1"],
    }]);
  });

  it("are found in pages, except those marked to be ignored", () => {
    const page = "# Page\n```ts\na;\n```\ntext\n```ts ignore\nb;\n```\n```sh\nc\n```\n";
    assert.deepEqual(pageExamples("README.md", page), [
      { place: "README.md:2", code: "a;", prints: undefined },
    ]);
  });

  it("reach the library however they name it", () => {
    for (
      const name of ["./mod.ts", "../mod.ts", "../../muster/mod.ts", "muster", "@muster/muster"]
    ) {
      const code = `import { a } from "${name}";\nawait import('${name}');\nimport "node:fs";`;
      assert.equal(
        withLibrary(code, "../mod.ts"),
        `import { a } from "../mod.ts";\nawait import("../mod.ts");\nimport "node:fs";`,
      );
    }
  });
});
