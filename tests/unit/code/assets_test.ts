import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { computationFromExport, computationFromFunction } from "../../../lib/code/computation.ts";
import { runIn, withProject } from "./support.ts";

const project = {
  "main.ts": `
    import { readFileSync } from "node:fs";
    import { inner } from "./lib/inner.ts";
    const model = new URL("./model%20one.bin?v=1", import.meta.url);
    export function read(): string[] {
      return [readFileSync(model, "utf8"), inner()];
    }
    export function unused(): URL[] {
      return [
        new URL("https://example.org/x", import.meta.url),
        new URL("./x", "https://example.org"),
        new URL("./%", import.meta.url),
        new URL(String("./computed"), import.meta.url),
      ];
    }
  `,
  "lib/inner.ts": `
    import { readFileSync } from "node:fs";
    export const inner = () => readFileSync(new URL("../data/x.txt", import.meta.url), "utf8");
  `,
};

describe("files that code names beside itself", () => {
  it("are found in every module of it, and read from the folder of the jobs", async () => {
    await withProject(project, async (path) => {
      const base = dirname(path("main.ts"));
      const computation = await computationFromExport(path("main.ts"), "read", base);
      const names = [path("model one.bin"), path("data/x.txt")];
      assert.deepEqual(computation.assets.toSorted(), names.toSorted());
      const dir = path("elsewhere");
      mkdirSync(`${dir}/data`, { recursive: true });
      writeFileSync(`${dir}/model one.bin`, "model");
      writeFileSync(`${dir}/data/x.txt`, "inner");
      assert.deepEqual(await runIn(dir, computation), ["model", "inner"]);
    });
  });

  it("are read from where they are without a folder that they are relative to", async () => {
    await withProject({ ...project, "model one.bin": "m", "data/x.txt": "x" }, async (path) => {
      const computation = await computationFromExport(path("main.ts"), "read");
      assert.deepEqual(await runIn("/nowhere", computation), ["m", "x"]);
    });
  });

  it("are those of the parts of a module that a function needs", async () => {
    await withProject(project, async (path) => {
      const { unused, read } = await import(path("main.ts")) as Record<string, () => unknown>;
      if (unused === undefined || read === undefined) assert.fail("the module exports both");
      const module = path("main.ts");
      assert.deepEqual((await computationFromFunction(unused, { module })).assets, []);
      assert.equal((await computationFromFunction(read, { module })).assets.length, 2);
    });
  });
});
