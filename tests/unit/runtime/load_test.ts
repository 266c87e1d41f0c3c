import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadComputation, portableStack } from "../../../lib/runtime/load.ts";

const filename = "muster:0123456789ab";
const here = JSON.stringify(import.meta.url);

describe("loadComputation", () => {
  it("evaluates a script with what stands for import.meta, import() and require", async () => {
    const text = `(function($scope){const{meta,load,require}=$scope(${here});\n` +
      `return async()=>[meta.url,meta.main,meta.resolve("./x.ts"),meta.resolve("fs"),` +
      `(await load("node:path")).sep,require("node:os").EOL]})`;
    const job = await loadComputation({ format: "script", text, filename }, "/jobs");
    assert.deepEqual(await job(), [
      import.meta.url,
      false,
      new URL("./x.ts", import.meta.url).href,
      "node:fs",
      "/",
      "\n",
    ]);
  });

  it("takes code to be where its files are in the folder of the jobs", async () => {
    const text = `(function($scope){const{meta}=$scope(${here},"lib/deep/x.ts");` +
      `return()=>[meta.url,meta.dirname,meta.resolve("./y.txt")]})`;
    const job = await loadComputation({ format: "script", text, filename }, "/jobs/1");
    assert.deepEqual(job(), [
      "file:///jobs/1/lib/deep/x.ts",
      "/jobs/1/lib/deep",
      "file:///jobs/1/lib/deep/y.txt",
    ]);
  });

  it("rejects when a dynamic import names what cannot be resolved", async () => {
    const text = `(function($scope){const{load}=$scope(${here});return(name)=>load(name)})`;
    const job = await loadComputation({ format: "script", text, filename }, "/jobs");
    const importing = job("not-installed-package");
    assert.ok(importing instanceof Promise);
    await assert.rejects(importing, /not-installed-package/);
  });

  it("loads an ES module, whose frames go by its filename", async () => {
    const text =
      `const $scope=globalThis[Symbol.for("muster.scope")];\nconst{meta}=$scope(${here});` +
      `await 0;\nexport default function job() {\n  throw Error(meta.url);\n}\n`;
    const job = await loadComputation({ format: "module", text, filename }, "/jobs");
    try {
      job();
      assert.fail("nothing was thrown");
    } catch (error) {
      assert.ok(error instanceof Error);
      assert.equal(error.message, import.meta.url);
      assert.match(portableStack(error.stack ?? ""), /at job \(muster:0123456789ab:4:\d+\)/);
    }
  });

  it("says what came of a text that gives no function", async () => {
    await assert.rejects(
      loadComputation({ format: "script", text: "(function(){return 5})", filename }, "/jobs"),
      { name: "TypeError", message: `Cannot load ${filename}: it gives a number, not a function` },
    );
  });

  it("refuses a class, which no job could call", async () => {
    const text = "(function(){return class Shape {}})";
    await assert.rejects(loadComputation({ format: "script", text, filename }, "/jobs"), {
      name: "TypeError",
      message:
        `Cannot load ${filename}: it gives the class 'Shape', which cannot be called without new`,
    });
  });
});
