import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { collectFiles } from "../../../../lib/client/files/collect_files.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";
import { TestBed } from "../../../harness/test_bed.ts";

class Folder extends TestBed {
  readonly base = join(this.folder, "base");

  constructor() {
    super();
    mkdirSync(join(this.base, "data/deep"), { recursive: true });
    this.write("base/data/a.txt", "a");
    this.write("base/data/b.csv", "bb");
    this.write("base/data/deep/.hidden", "");
    chmodSync(this.write("base/run.sh", "x"), 0o755);
    this.write("outside.txt", "secret");
  }

  async paths(...patterns: string[]): Promise<string[]> {
    return (await collectFiles(patterns, this.base)).map(({ path }) => path);
  }
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  throw new Error("it was not refused");
}

describe("collectFiles()", () => {
  it("takes paths, folders and globs, each file once, in order", async () => {
    await using folder = new Folder();
    assert.deepEqual(await folder.paths("run.sh", "data"), [
      "data/a.txt",
      "data/b.csv",
      "data/deep/.hidden",
      "run.sh",
    ]);
    assert.deepEqual(await folder.paths("**/*.txt", "data/*", "./data/a.txt"), [
      "data/a.txt",
      "data/b.csv",
    ]);
    const files = await collectFiles(["."], folder.base);
    assert.equal(files.length, 4);
    assert.deepEqual(files.at(-1), {
      path: "run.sh",
      source: join(folder.base, "run.sh"),
      size: 1,
      isExecutable: true,
    });
    assert.deepEqual(await collectFiles([], "/nowhere"), []);
  });

  it("refuses what is not there, and what lies elsewhere", async () => {
    await using folder = new Folder();
    assert.match(await refusal(folder.paths("missing")), /Cannot send missing: no file/);
    assert.match(await refusal(folder.paths("*.none")), /Cannot send \*\.none/);
    assert.match(await refusal(folder.paths("../outside.txt")), /outside/);
    assert.match(await refusal(folder.paths("../*.txt")), /outside/);
    assert.match(await refusal(folder.paths("data/../../outside.txt")), /outside/);
    assert.match(await refusal(folder.paths(join(folder.base, "run.sh"))), /relative/);
    assert.match(await refusal(folder.paths("/etc/passwd")), /relative/);
  });

  it("follows links inside the folder, refuses those that lead out, and survives loops", async () => {
    await using folder = new Folder();
    symlinkSync("data/a.txt", join(folder.base, "link.txt"));
    symlinkSync("..", join(folder.base, "data/loop"));
    assert.deepEqual(await folder.paths("link.txt"), ["link.txt"]);
    assert.ok((await folder.paths("data")).includes("data/a.txt"));
    symlinkSync("../outside.txt", join(folder.base, "out.txt"));
    assert.match(await refusal(folder.paths("out.txt")), /Cannot send out\.txt: it lies outside/);
    symlinkSync("..", join(folder.base, "up"));
    assert.match(await refusal(folder.paths("up/outside.txt")), /outside/);
    symlinkSync("nowhere", join(folder.base, "data/dangling"));
    assert.match(await refusal(folder.paths("data")), /data\/dangling: it cannot be read/);
  });

  it("refuses what is neither a file nor a folder", async () => {
    await using folder = new Folder();
    assert.equal(spawnSync("mkfifo", [join(folder.base, "pipe")]).status, 0);
    assert.match(await refusal(folder.paths("pipe")), /neither a file nor a folder/);
    symlinkSync("/dev/null", join(folder.base, "null"));
    assert.match(await refusal(folder.paths("null")), /outside/);
  });
});
