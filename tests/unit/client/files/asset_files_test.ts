import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { withAssets } from "../../../../lib/client/files/asset_files.ts";
import { collectFiles } from "../../../../lib/client/files/collect_files.ts";
import { TestBed } from "../../../harness/test_bed.ts";

describe("withAssets()", () => {
  it("adds files in the folder, passes over what is no file, and tells of those outside", async () => {
    await using bed = new TestBed();
    const base = join(bed.folder, "base");
    mkdirSync(join(base, "folder"), { recursive: true });
    bed.write("base/named.txt", "1");
    bed.write("base/folder/asset*.bin", "22");
    const outside = bed.write("outside.bin", "333");
    const warnings: string[] = [];
    const options = { base, onWarning: (text: string) => warnings.push(text) };
    const named = await collectFiles(["named.txt"], base);
    const names = ["named.txt", "folder/asset*.bin", "folder", "missing.bin"];
    const assets = [...names.map((name) => join(base, name)), outside];
    const files = await withAssets(named, assets, options);
    assert.deepEqual(files.map(({ path }) => path), ["folder/asset*.bin", "named.txt"]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^Cannot send .*outside\.bin.*: it lies outside /);
  });
});
