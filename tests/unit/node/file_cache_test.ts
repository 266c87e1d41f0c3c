import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FileCache } from "../../../lib/node/file_cache.ts";
import type { FileHash } from "../../../lib/proto/files.ts";
import { TestBed } from "../../harness/test_bed.ts";

async function add(cache: FileCache, name: string, size: number): Promise<void> {
  const path = cache.incomingPath();
  writeFileSync(path, "x".repeat(size));
  await cache.add(name as FileHash, size, path);
}

describe("FileCache", () => {
  it("lets go of what was not used for longest when it is full, and of nothing that is held", async () => {
    await using bed = new TestBed();
    const folder = join(bed.folder, "files");
    const cache = new FileCache(folder, 10);
    await add(cache, "a", 5);
    await add(cache, "b", 5);
    cache.release("b" as FileHash);
    await add(cache, "c", 5);
    assert.deepEqual(readdirSync(folder).sort(), ["a", "c"]);
    cache.release("a" as FileHash);
    cache.release("c" as FileHash);
    assert.equal(cache.hold("a" as FileHash), true);
    cache.release("a" as FileHash);
    await add(cache, "d", 5);
    assert.deepEqual(readdirSync(folder).sort(), ["a", "d"]);
    assert.equal(cache.hold("c" as FileHash), false);
  });

  it("keeps one file of the same content that came twice", async () => {
    await using bed = new TestBed();
    const folder = join(bed.folder, "files");
    const cache = new FileCache(folder, 10);
    await add(cache, "a", 5);
    await add(cache, "a", 5);
    cache.release("a" as FileHash);
    await add(cache, "b", 6);
    cache.release("b" as FileHash);
    assert.deepEqual(readdirSync(folder).sort(), ["a", "b"]);
    cache.release("a" as FileHash);
    await add(cache, "c", 1);
    assert.deepEqual(readdirSync(folder).sort(), ["b", "c"]);
  });
});
