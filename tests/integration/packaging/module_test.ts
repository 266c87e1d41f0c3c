import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import {
  addModule,
  checkProject,
  denoFinds,
  dist,
  isDeno,
  isolations,
  makeFolder,
  outputOf,
  run,
  runtimeCommand,
} from "./support.ts";

const hasEsbuild = denoFinds("npm:esbuild@0.28.2");

describe("dist/muster.js in a folder with nothing else of ours", () => {
  let folder = "";
  before(() => {
    folder = makeFolder("project", "./muster.js");
    addModule(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("runs functions and what they import, in Workers and in processes", {
    skip: !hasEsbuild && "Deno gets esbuild from the npm registry, which does not answer",
  }, () => checkProject(folder));

  it("runs self-contained functions in a runtime that has no packages and may fetch none", async () => {
    const command = runtimeCommand("program.ts", ["--cached-only"]);
    for (const isolation of isolations) {
      const output = await outputOf([...command, "self_contained", isolation], {
        cwd: folder,
        env: { DENO_DIR: join(folder, "cache") },
      });
      assert.deepEqual(output, { doubled: 14, inline: [1, 4, 9] });
    }
  });

  it("says that imports of jobs need esbuild where Deno can have none", {
    skip: !isDeno && "Bun bundles by itself",
  }, async () => {
    const command = runtimeCommand("program.ts", ["--cached-only"]);
    const { code, stderr } = await run([...command, "importing", "worker"], {
      cwd: folder,
      env: { DENO_DIR: join(folder, "cache") },
    });
    assert.equal(code, 1);
    assert.match(stderr, /CodeError: Cannot bundle code that imports other modules: esbuild/);
  });

  it("names no folder of the machine it was built on", () => {
    for (const name of readdirSync(dist)) {
      assert.ok(!readFileSync(join(dist, name), "utf8").includes(root), name);
    }
  });
});

describe("dist/muster.js on a web server", () => {
  let server: Server;
  let folder = "";
  before(async () => {
    server = createServer((request, response) => {
      response.setHeader("content-type", "text/javascript");
      response.end(readFileSync(`${dist}${request.url}`));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    folder = makeFolder("project", `http://127.0.0.1:${port}/muster.js`);
  });
  after(async () => {
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true, force: true });
  });

  it("is imported by its address", {
    skip: !isDeno && "Bun imports no modules from the web",
  }, async () => {
    for (const isolation of isolations) {
      const command = [...runtimeCommand("program.ts"), "self_contained", isolation];
      const env = { DENO_DIR: join(folder, "cache") };
      const output = await outputOf(command, { cwd: folder, env });
      assert.deepEqual(output, { doubled: 14, inline: [1, 4, 9] });
    }
  });
});
