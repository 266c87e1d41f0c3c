import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { computationFromExport, computationFromFunction } from "../../../lib/code/computation.ts";
import { fixture, framesOf, marked, refusal, run, withProject } from "./support.ts";

describe("computationFromExport", () => {
  it("ships a function with its module, TypeScript imports, JSON and built-in modules", async () => {
    const computation = await computationFromExport(
      pathToFileURL(fixture("exported.ts")).href,
      "compute",
    );
    assert.equal(computation.format, "script");
    assert.equal(computation.name, "compute");
    assert.match(computation.id, /^[0-9a-f]{64}$/);
    assert.equal(computation.filename, `muster:${computation.id.slice(0, 12)}`);
    assert.deepEqual(await run(computation, 4), [
      8,
      42,
      7,
      true,
      "b",
      pathToFileURL(fixture("helper.ts")).href,
      pathToFileURL(fixture("exported.ts")).href,
      fixture("").slice(0, -1),
      false,
      "lazy.ts",
    ]);
  });

  it("names the same code the same", async () => {
    const first = await computationFromExport(fixture("exported.ts"), "compute");
    const again = await computationFromExport(fixture("exported.ts"), "compute");
    const other = await computationFromExport(fixture("exported.ts"), "arrow");
    assert.equal(first.id, again.id);
    assert.notEqual(first.id, other.id);
  });

  it("ships arrow functions, default exports and exports of built-in modules", async () => {
    const path = fixture("exported.ts");
    assert.equal(await run(await computationFromExport(path, "arrow"), 1), 43);
    assert.equal(await run(await computationFromExport(path, "default"), 1), 0);
    assert.equal(await run(await computationFromExport(path, "join"), "a", "b"), "a/b");
  });

  it("resolves dynamic imports and files from the user's own folder", async () => {
    const path = fixture("exported.ts");
    const byName = await computationFromExport(path, "importByName");
    assert.deepEqual(await run(byName, "./lazy.ts"), ["lazyName"]);
    const asset = await computationFromExport(path, "assetText");
    assert.equal(await run(asset), "lazily loaded text\n");
  });

  it("maps stacks to the user's files, line by line, without frames of ours", async () => {
    const computation = await computationFromExport(fixture("exported.ts"), "compute");
    assert.deepEqual(await framesOf(computation, 101), [
      `at double (${marked("helper.ts", "double throws")}:27)`,
      `at compute (${marked("exported.ts", "compute calls double")}:5)`,
    ]);
  });

  it("ships a module with a top-level await as an ES module", async () => {
    const computation = await computationFromExport(fixture("awaiting.ts"), "compute");
    assert.equal(computation.format, "module");
    assert.equal(await run(computation, 1), 84);
    assert.deepEqual(await framesOf(computation, -1), [
      `at compute (${marked("awaiting.ts", "awaiting throws")}:20)`,
    ]);
  });

  it("lists what a module exports when the export is missing", async () => {
    const path = fixture("helper.ts");
    assert.equal(
      await refusal(computationFromExport(path, "triple")),
      `Cannot find export 'triple' in ${path}: it exports double, helperUrl`,
    );
  });

  it("refuses an export that is no function when it is loaded", async () => {
    const computation = await computationFromExport(fixture("exported.ts"), "notAFunction");
    await assert.rejects(run(computation), {
      name: "TypeError",
      message: `Cannot run export 'notAFunction' of ${fixture("exported.ts")}: ` +
        "it is a object, not a function",
    });
  });

  it("refuses a module that is not there, and one that is no file", async () => {
    assert.match(
      await refusal(computationFromExport(fixture("nowhere.ts"), "default")),
      /^Cannot read module .*nowhere\.ts: /,
    );
    assert.match(
      await refusal(computationFromExport("https://localhost/x.ts", "default")),
      /^Cannot ship code of https:\/\/localhost\/x\.ts: /,
    );
  });
});

describe("computationFromExport in projects with packages and mistakes", () => {
  it("ships npm packages, CommonJS ones too, from the module's own node_modules", async () => {
    await withProject({
      "src/job.ts": `import { base } from "cjs-package";\n` +
        `import esm, { twice } from "esm-package";\n` +
        `export const job = (path: string): unknown[] => [base(path), esm, twice(2)];\n`,
      "node_modules/cjs-package/package.json": `{ "name": "cjs-package", "main": "main.js" }`,
      "node_modules/cjs-package/main.js": `const path = require("path");\n` +
        `const { suffix } = require("./suffix");\n` +
        `exports.base = (p) => path.basename(p) + suffix;\n`,
      "node_modules/cjs-package/suffix.js": `module.exports = { suffix: __filename ? "!" : "" };\n`,
      "node_modules/esm-package/package.json":
        `{ "name": "esm-package", "type": "module", "exports": "./main.js" }`,
      "node_modules/esm-package/main.js":
        `export default "esm";\nexport const twice = (n) => n * 2;\n`,
    }, async (path) => {
      const computation = await computationFromExport(path("src/job.ts"), "job");
      assert.deepEqual(await run(computation, "/a/b"), ["b!", "esm", 4]);
    });
  });

  it("ships a CommonJS module's default export", async () => {
    await withProject({ "job.cjs": `module.exports = (n) => n * 3;\n` }, async (path) => {
      assert.equal(await run(await computationFromExport(path("job.cjs"), "default"), 2), 6);
    });
  });

  it("says where a function's own module cannot be parsed", async () => {
    await withProject({ "job.js": "const a = 1;\nconst b = (;\n" }, async (path) => {
      const making = computationFromFunction((n: number) => n, { module: path("job.js") });
      assert.ok((await refusal(making)).startsWith(`${path("job.js")}:2:`));
    });
  });

  it("ships text imports and TSX", async () => {
    await withProject({
      "job.ts": `import query from "./query.sql" with { type: "text" };\n` +
        `import { tree } from "./tree.tsx";\n` +
        `export const job = () => [query, tree()];\n`,
      "query.sql": "select 1",
      "tree.tsx": `/** @jsxRuntime classic @jsx h */\n` +
        `const h = (name: string, _props: unknown, ...rest: unknown[]) => [name, ...rest];\n` +
        `export const tree = () => <a><b /></a>;\n`,
      "tsconfig.json": `{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } }`,
    }, async (path) => {
      const computation = await computationFromExport(path("job.ts"), "job");
      assert.deepEqual(await run(computation), ["select 1", ["a", ["b"]]]);
    });
  });

  it("follows Deno's import maps and npm: specifiers", {
    skip: !("Deno" in globalThis) && "import maps of deno.json are Deno's",
  }, async () => {
    await withProject({
      "deno.jsonc":
        `{ // comments are allowed\n  "imports": { "@/": "./src/", "pkg": "npm:a-package@1" },\n}`,
      "src/job.ts": `import { twice } from "@/twice.ts";\nimport three from "pkg";\n` +
        `import four from "npm:a-package@1/four.js";\n` +
        `export const job = (): number[] => [twice(1), three, four];\n`,
      "src/twice.ts": `export const twice = (n: number): number => n * 2;\n`,
      "node_modules/a-package/package.json":
        `{ "name": "a-package", "type": "module", "main": "three.js" }`,
      "node_modules/a-package/three.js": "export default 3;\n",
      "node_modules/a-package/four.js": "export default 4;\n",
    }, async (path) => {
      const computation = await computationFromExport(path("src/job.ts"), "job");
      assert.deepEqual(await run(computation), [2, 3, 4]);
    });
  });

  it("leaves imports that only Deno can fetch to the slot", {
    skip: !("Deno" in globalThis) && "only Deno fetches modules",
  }, async () => {
    const url = `data:text/javascript,${encodeURIComponent("export default 5;")}`;
    await withProject({
      "deno.json": JSON.stringify({ imports: { remote: "npm:acorn@8.19.0" } }),
      "job.ts": `import five from "${url}";\nimport { parse } from "remote";\n` +
        `export const job = (): unknown[] => [five, typeof parse];\n`,
    }, async (path) => {
      const computation = await computationFromExport(path("job.ts"), "job");
      assert.equal(computation.format, "module");
      assert.deepEqual(await run(computation), [5, "function"]);
    });
  });

  const mistakes: Record<string, [text: string, position: string, what: RegExp]> = {
    "a syntax error": ["export const job = 1;\nexport const b = (;\n", "2:19", /Unexpected/],
    "a missing module": [
      `export const job = 1;\n  import "./nowhere.ts";\n`,
      "2:10",
      /resolve.*nowhere\.ts/,
    ],
    "a missing package": [
      `import x from "not-installed";\nexport const job = x;\n`,
      "1:15",
      /not-installed/,
    ],
    "a missing export": [
      `import { nothing } from "./other.ts";\nexport const job = () => nothing;\n`,
      "1:10",
      /No matching export in .*other\.ts.*nothing/,
    ],
    "a missing export of a built-in module": [
      `import { nothing } from "node:fs";\nexport const job = () => nothing;\n`,
      "1:1",
      /No matching export in "node:fs" for import "nothing"/,
    ],
    "a native addon": [
      `import addon from "./addon.node";\nexport const job = () => addon;\n`,
      "",
      /Cannot ship the native addon '\.\/addon\.node'/,
    ],
  };
  for (const [name, [text, position, what]] of Object.entries(mistakes)) {
    it(`says where ${name} is, and runs nothing`, async () => {
      await withProject({
        "job.ts": `${text}`,
        "other.ts": "export const something = 1;\n",
        "addon.node": "binary",
      }, async (path) => {
        const message = await refusal(computationFromExport(path("job.ts"), "job"));
        assert.ok(
          message.startsWith(`${path("job.ts")}:${position === "" ? "" : `${position}: `}`),
          message,
        );
        assert.match(message, what);
      });
    });
  }
});

describe("computationFromFunction", () => {
  it("refuses a class, which cannot be called without new", async () => {
    class Shape {
      readonly sides = 4;
    }
    const fn = Shape as unknown as () => unknown;
    for (const options of [{}, { module: import.meta.url }]) {
      assert.match(
        await refusal(computationFromFunction(fn, options)),
        /^Cannot run class 'Shape' .*: a class cannot be called without new\. Give a function/,
      );
    }
  });
});
