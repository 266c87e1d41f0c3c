import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { WorkFolder } from "../../../lib/node/work_folder.ts";
import { UsageError } from "../../../lib/proto/errors.ts";
import { limits } from "../../../lib/proto/limits.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

function isRefused(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, message);
    assert.match(error.message, /--dest-path/);
    return true;
  };
}

describe("WorkFolder.open()", () => {
  it("makes folders that nobody else can use, and leaves nothing of its own behind", async () => {
    await inTempFolder(async (temp) => {
      const destPath = join(temp, "a/b");
      const folder = await WorkFolder.open(destPath);
      assert.equal(statSync(destPath).mode & 0o777, 0o700);
      assert.equal(statSync(folder.path).mode & 0o777, 0o700);
      writeFileSync(join(folder.path, "file"), "");
      await folder[Symbol.asyncDispose]();
      assert.deepEqual(readdirSync(destPath), []);
    });
  });

  it("removes what dead daemons left, and neither living ones' folders nor other files", async () => {
    await inTempFolder(async (destPath) => {
      const living = await WorkFolder.open(destPath);
      const dead = join(destPath, "0badcafe");
      mkdirSync(dead);
      writeFileSync(join(dead, "leftover"), "");
      writeFileSync(join(destPath, "mine.txt"), "");
      mkdirSync(join(destPath, "data"));
      const next = await WorkFolder.open(destPath);
      assert.ok(!existsSync(dead));
      for (
        const kept of [living.path, next.path, join(destPath, "mine.txt"), join(destPath, "data")]
      ) {
        assert.ok(existsSync(kept), kept);
      }
      await living[Symbol.asyncDispose]();
      assert.ok(existsSync(next.path));
      await next[Symbol.asyncDispose]();
    });
  });

  it("refuses a folder that others can use", async () => {
    await inTempFolder(async (temp) => {
      chmodSync(temp, 0o755);
      await assert.rejects(WorkFolder.open(temp), isRefused(/others can use it too \(mode 755/));
    });
  });

  it("refuses what is no folder, and what cannot be made", async () => {
    await inTempFolder(async (temp) => {
      const file = join(temp, "file");
      writeFileSync(file, "");
      await assert.rejects(WorkFolder.open(file), isRefused(/^Cannot keep files in /));
      await assert.rejects(
        WorkFolder.open(join(file, "below")),
        isRefused(/^Cannot keep files in /),
      );
    });
  });

  it("refuses a path that leaves no room for sockets", async () => {
    const long = `/tmp/${"x".repeat(limits.maxDestPathBytes)}`;
    await assert.rejects(WorkFolder.open(long), isRefused(/bytes of path/));
    assert.ok(!existsSync(long));
  });
});
