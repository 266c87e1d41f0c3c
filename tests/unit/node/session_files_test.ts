import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FileCache } from "../../../lib/node/file_cache.ts";
import { SessionFiles } from "../../../lib/node/session_files.ts";
import type { FileEntry, FileHash } from "../../../lib/proto/files.ts";
import { limits } from "../../../lib/proto/limits.ts";
import type { NodeToClient } from "../../../lib/proto/node_messages.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { badPaths } from "../../harness/bad_paths.ts";
import { TestBed } from "../../harness/test_bed.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function entry(path: string, text: string, isExecutable = false): FileEntry {
  const hash = createHash("sha256").update(text).digest("hex") as FileHash;
  return { path, size: bytesOf(text).length, isExecutable, hash };
}

/** A node's folder and the sessions on it, one after the other. */
class FilesBed extends TestBed {
  readonly parent = join(this.folder, "node");
  readonly sent: NodeToClient[] = [];
  #cache: FileCache | undefined;

  session(): SessionFiles {
    mkdirSync(this.parent, { recursive: true });
    this.#cache ??= new FileCache(join(this.parent, "files"));
    this.sent.length = 0;
    const send = (message: NodeToClient): void => void this.sent.push(message);
    return new SessionFiles({ cache: this.#cache, parent: this.parent, send });
  }

  /** What the node has asked for. */
  get wanted(): readonly number[] {
    return this.sent.flatMap((message) => message.type === "wantFiles" ? message.places : []);
  }

  get jobFolders(): string[] {
    return readdirSync(this.parent).filter((name) => name.startsWith("job-"));
  }
}

describe("SessionFiles", () => {
  it("takes what is lacking, each content once, and lays it out for the jobs", async () => {
    await using bed = new FilesBed();
    const session = bed.session();
    const files = [
      entry("data/a.txt", "hello"),
      entry("b/copy.txt", "hello"),
      entry("run.sh", "#!/bin/sh", true),
      entry("empty", ""),
    ];
    assert.equal(session.offer(files), undefined);
    session.open();
    assert.deepEqual(bed.wanted, [0, 2, 3]);
    session.take(0, bytesOf("he"));
    session.take(0, bytesOf("llo"));
    session.take(2, bytesOf("#!/bin/sh"));
    session.take(3, bytesOf(""));
    await session.arrived();
    const folder = await session.place();
    assert.equal(readFileSync(join(folder, "data/a.txt"), "utf8"), "hello");
    assert.equal(readFileSync(join(folder, "b/copy.txt"), "utf8"), "hello");
    assert.equal(readFileSync(join(folder, "empty"), "utf8"), "");
    assert.equal(statSync(join(folder, "run.sh")).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, "empty")).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const written = bed.sent.flatMap((message) =>
      message.type === "written" ? [message.bytes] : []
    );
    assert.equal(written.reduce((sum, each) => sum + each, 0), 14);
    await session.end();
    assert.deepEqual(bed.jobFolders, []);
  });

  it("asks for nothing the second time, and gives the jobs copies that they may change", async () => {
    await using bed = new FilesBed();
    for (const round of [1, 2, 3]) {
      const session = bed.session();
      session.offer([entry("a", "same")]);
      session.open();
      assert.deepEqual(bed.wanted, round === 1 ? [0] : []);
      if (round === 1) session.take(0, bytesOf("same"));
      await session.arrived();
      const path = join(await session.place(), "a");
      assert.equal(readFileSync(path, "utf8"), "same");
      writeFileSync(path, "other");
      await session.end();
    }
  });

  it("refuses bytes that do not match their hash, and keeps none of them", async () => {
    await using bed = new FilesBed();
    const session = bed.session();
    session.offer([entry("a", "right")]);
    session.open();
    session.take(0, bytesOf("wrong"));
    await assert.rejects(session.arrived(), MalformedTupleError);
    await session.end();
    assert.deepEqual(readdirSync(join(bed.parent, "files")), []);
    const again = bed.session();
    again.offer([entry("a", "right")]);
    again.open();
    assert.deepEqual(bed.wanted, [0]);
    await again.end();
  });

  it("writes no file outside its folder, whatever paths it is given", async () => {
    await using bed = new FilesBed();
    const before = readdirSync(bed.folder);
    for (const path of badPaths) {
      const session = bed.session();
      assert.ok(session.offer([entry(path, "x")]) !== undefined, path);
      await session.end();
    }
    const session = bed.session();
    assert.ok(session.offer([entry("a", "x"), entry("a/b", "x")]) !== undefined);
    await session.end();
    assert.deepEqual(readdirSync(bed.folder), [...before, "node"]);
    assert.deepEqual(bed.jobFolders, []);
  });

  it("refuses parts out of turn, too many of them, and a second list", async () => {
    await using bed = new FilesBed();
    const early = bed.session();
    assert.throws(() => early.take(0, bytesOf("a")), MalformedTupleError);
    const session = bed.session();
    session.offer([entry("a", "aa"), entry("b", "bb")]);
    assert.throws(() => session.offer([]), MalformedTupleError);
    session.open();
    assert.throws(() => session.offer([]), MalformedTupleError);
    assert.throws(() => session.take(1, bytesOf("bb")), MalformedTupleError);
    assert.throws(() => session.take(7, bytesOf("bb")), MalformedTupleError);
    assert.throws(() => session.take(0, bytesOf("aaa")), MalformedTupleError);
    await session.end();
    const flooded = bed.session();
    flooded.offer([{ ...entry("a", ""), size: 1e9 }]);
    flooded.open();
    const chunk = new Uint8Array(limits.fileChunkBytes);
    assert.throws(() => {
      for (let count = 0; count < 100; count += 1) flooded.take(0, chunk);
    }, MalformedTupleError);
    await flooded.end();
  });

  it("leaves nothing of a file that was arriving when its client went", async () => {
    await using bed = new FilesBed();
    const session = bed.session();
    session.offer([entry("a", "hello")]);
    session.open();
    session.take(0, bytesOf("he"));
    await session.end();
    assert.deepEqual(readdirSync(join(bed.parent, "files")), []);
    assert.equal(existsSync(join(bed.parent, "files")), true);
  });
});
