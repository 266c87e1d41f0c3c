import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkLayers } from "../../../scripts/layers/layers.ts";

/** Problems of the given files, as `path:line: message`. */
function problemsOf(files: Record<string, string>, tests: readonly string[] = []): string[] {
  const problems = checkLayers({
    files: new Map(Object.entries(files)),
    tests: new Set(tests),
    packages: new Set(["cborg", "zod"]),
  });
  return problems.map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

describe("imports between layers", () => {
  it("may point down, and within a layer", () => {
    assert.deepEqual(
      problemsOf({
        "mod.ts": `export { a } from "./lib/client/a.ts";`,
        "lib/client/a.ts": `export { b } from "../core/b.ts"; import "./c.ts";`,
        "lib/client/c.ts": `import { z } from "zod"; import "node:fs";`,
        "lib/core/b.ts": `export type { Id as b } from "../proto/ids.ts";`,
        "lib/proto/ids.ts": `export type Id = string;`,
      }),
      [],
    );
  });

  const upward: Record<string, string> = {
    "a value": `import { x } from "../client/x.ts";`,
    "a type": `import type { X } from "../client/x.ts";`,
    "an export from": `export * from "../client/x.ts";`,
    "a dynamic import": `export const x = () => import("../client/x.ts");`,
    "an import type": `export type X = import("../client/x.ts").X;`,
  };
  for (const [kind, text] of Object.entries(upward)) {
    it(`may not point up: ${kind}`, () => {
      assert.deepEqual(problemsOf({ "lib/net/a.ts": `\n${text}` }), [
        "lib/net/a.ts:2: lib/net may not import lib/client (lib/client/x.ts)",
      ]);
    });
  }

  it("of types alone where a layer may see no more than types", () => {
    assert.deepEqual(
      problemsOf({
        "lib/monitor/a.ts": `import type { R } from "../client/r.ts";\nimport "../client/r.ts";`,
      }),
      ['lib/monitor/a.ts:2: lib/monitor may import only types of lib/client: use "import type"'],
    );
  });

  it("may not leave the layers", () => {
    assert.deepEqual(
      problemsOf({
        "lib/net/a.ts": `import "../../tests/x.ts"; import "npm:zod"; import "left-pad";`,
        "lib/odd/b.ts": "",
      }),
      [
        "lib/net/a.ts:1: lib/net imports tests/x.ts, which is outside the layers",
        "lib/net/a.ts:1: cannot import npm:zod: only files, node: and packages",
        "lib/net/a.ts:1: left-pad is not in the dependencies of package.json",
        "lib/odd/b.ts:1: odd is not a layer of scripts/layers/rules.ts",
      ],
    );
  });

  it("may not form a cycle", () => {
    assert.deepEqual(
      problemsOf({
        "lib/net/a.ts": `import "./b.ts";`,
        "lib/net/b.ts": `import type { C } from "./c.ts";`,
        "lib/net/c.ts": `export * from "./a.ts";`,
      }),
      [
        "lib/net/a.ts:1: files import each other: lib/net/a.ts -> lib/net/b.ts -> lib/net/c.ts -> lib/net/a.ts",
      ],
    );
  });
});

describe("a pure layer", () => {
  it("may not reach the outside, the clock or chance", () => {
    const lines = [
      `import "node:fs";`,
      `Date.now();`,
      `new Date();`,
      `performance.now();`,
      `Math.random();`,
      `crypto.getRandomValues(x);`,
      `setTimeout(f, 1);`,
      `const o = { fetch };`,
      `nacl.randomBytes(8);`,
      `import "zod";`,
    ];
    const problems = problemsOf({ "lib/proto/a.ts": lines.join("\n") });
    const reported = new Set(problems.map((problem) => Number(problem.split(":")[1])));
    assert.deepEqual([...reported].sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("may use such names for its own members", () => {
    assert.deepEqual(
      problemsOf({
        "lib/proto/a.ts": `export type A = { fetch: number; process(): void };
          export const f = (a: A) => { a.process(); return [a.fetch, new Date(0), Math.max(1, 2)]; };`,
      }),
      [],
    );
  });

  it("may use what only works on values, and parameters that are named like a global", () => {
    assert.deepEqual(
      problemsOf({
        "lib/proto/a.ts": `import { Buffer } from "node:buffer";
          export const f = (crypto: { hash(): void }) => [Buffer, crypto.hash()];`,
      }),
      [],
    );
  });

  it("needs a test beside every file with statements", () => {
    const files = {
      "lib/core/a/types.ts": `import type { X } from "../../proto/x.ts"; export type T = X;`,
      "lib/core/a/code.ts": `export const one = 1;`,
      "lib/wire/tested.ts": `export const one = 1;`,
      "lib/wire/tested_part.ts": `export const one = 1;`,
    };
    assert.deepEqual(problemsOf(files, ["tests/unit/wire/tested_test.ts"]), [
      "lib/core/a/code.ts:1: has no test tests/unit/core/a/code_test.ts",
    ]);
  });
});

describe("a file of lib", () => {
  it("names the runtimes in lib/platform only", () => {
    const text = `export const a = Deno.pid;\nexport type F = Bun.BunFile;\nglobalThis.Deno;`;
    assert.deepEqual(problemsOf({ "lib/platform/a.ts": text }), []);
    assert.deepEqual(problemsOf({ "lib/net/a.ts": text }), [
      "lib/net/a.ts:1: Deno may be named in lib/platform only",
      "lib/net/a.ts:2: Bun may be named in lib/platform only",
      "lib/net/a.ts:3: Deno may be named in lib/platform only",
    ]);
  });

  it("has no console, no default export and no end out of sight", () => {
    assert.deepEqual(problemsOf({ "lib/cli/a.ts": `console.log(1);` }), []);
    const text = `console.log(1);\nexport default 1;\n${"\n".repeat(499)}`;
    assert.deepEqual(problemsOf({ "lib/net/a.ts": text }), [
      "lib/net/a.ts:1: console may be used in lib/cli only",
      "lib/net/a.ts:1: 501 lines, at most 500",
      "lib/net/a.ts:2: lib has no default exports",
    ]);
  });
});
