import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { globPaths } from "../../../../lib/cli/input/glob.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";
import { inTempFolder } from "../temp_folder.ts";

async function tree(folder: string): Promise<(pattern: string) => Promise<string[]>> {
  await mkdir(join(folder, "a/b"), { recursive: true });
  await mkdir(join(folder, ".hidden"));
  for (const path of ["z.js", "a/1.js", "a/B.js", "a/b/2.ts", "a/.dot.js", ".hidden/3.js"]) {
    await writeFile(join(folder, path), "");
  }
  await symlink("..", join(folder, "a/b/loop"));
  return async (pattern) =>
    (await globPaths([join(folder, pattern)])).map((path) => path.slice(folder.length + 1));
}

test("globPaths() finds files, sorted, with ** and braces", () =>
  inTempFolder(async (folder) => {
    const find = await tree(folder);
    assert.deepEqual(await find("**/*.js"), ["a/1.js", "a/B.js", "z.js"]);
    assert.deepEqual(await find("a/{1.js,b/*.ts}"), ["a/1.js", "a/b/2.ts"]);
    assert.deepEqual(await find("[yz].?s"), ["z.js"]);
  }));

test("globPaths() leaves out folders and loops of links, and dot files nobody asked for", () =>
  inTempFolder(async (folder) => {
    const find = await tree(folder);
    assert.deepEqual(await find("a/**"), ["a/1.js", "a/B.js", "a/b/2.ts"]);
    assert.deepEqual(await find(".hidden/*"), [".hidden/3.js"]);
    assert.deepEqual(await find("a/.*.js"), ["a/.dot.js"]);
  }));

test("globPaths() takes folders when the pattern ends in a slash", () =>
  inTempFolder(async (folder) => {
    const find = await tree(folder);
    assert.deepEqual((await find("*/")).map((path) => path.replace(/\/$/, "")), ["a"]);
  }));

test("globPaths() names each path once, though several patterns match it", () =>
  inTempFolder(async (folder) => {
    await tree(folder);
    const pattern = join(folder, "a/*.js");
    const paths = await globPaths([pattern, join(folder, "**/1.js"), pattern]);
    assert.deepEqual(paths, [join(folder, "a/1.js"), join(folder, "a/B.js")]);
  }));

test("globPaths() keeps relative paths relative", async () => {
  assert.deepEqual(await globPaths(["lib/proto/sta*.ts"]), ["lib/proto/states.ts"]);
});

test("globPaths() refuses a pattern that matches nothing", () =>
  inTempFolder(async (folder) => {
    const pattern = join(folder, "*.none");
    await assert.rejects(
      globPaths([pattern]),
      new UsageError(`Cannot find inputs: no file matches ${pattern}`),
    );
  }));
