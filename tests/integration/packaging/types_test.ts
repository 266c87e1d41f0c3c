import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import process from "node:process";
import ts from "typescript";
import { addModule, isDeno, makeFolder, run } from "./support.ts";

/** Errors of a file as the compiler tells them, with nothing installed beside it. */
function typeErrors(path: string): string[] {
  const program = ts.createProgram([path], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, code, messageText }) => {
    const line = (file?.getLineAndCharacterOfPosition(start).line ?? -1) + 1;
    const name = file?.fileName.split("/").at(-1) ?? "";
    return `${name}:${line} TS${code} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

const wrongArgument =
  "bad_types.ts:8 TS2345 Argument of type 'number' is not assignable to parameter of type 'string'.";
const wrongResult = "bad_types.ts:9 TS2322 Type 'number' is not assignable to type 'string'.";

describe("dist/muster.d.ts beside dist/muster.js", () => {
  let folder = "";
  before(() => {
    folder = makeFolder("project", "./muster.js");
    addModule(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("lets TypeScript accept what is right", () => {
    assert.deepEqual(typeErrors(join(folder, "good_types.ts")), []);
  });

  it("lets TypeScript refuse a wrong argument, and a result taken for what it is not", () => {
    assert.deepEqual(typeErrors(join(folder, "bad_types.ts")), [wrongArgument, wrongResult]);
  });

  it("is found by Deno, which says the same", {
    skip: !isDeno && "deno check is a part of Deno",
  }, async () => {
    const check = (file: string) => run([process.execPath, "check", file], { cwd: folder });
    const good = await check("good_types.ts");
    assert.equal(good.code, 0, good.stderr);
    const bad = await check("bad_types.ts");
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /TS2345/);
    assert.match(bad.stderr, /TS2322/);
    assert.match(bad.stderr, /Found 2 errors/);
  });
});
