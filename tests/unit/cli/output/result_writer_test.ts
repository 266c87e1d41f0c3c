import assert from "node:assert/strict";
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { RenderError } from "../../../../lib/cli/output/render_result.ts";
import { ResultWriter } from "../../../../lib/cli/output/result_writer.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";
import { inTempFolder } from "../temp_folder.ts";

function spawnWriter(args: readonly string[], stdio: StdioOptions): ChildProcess {
  const program = fileURLToPath(new URL("./endless_writer.ts", import.meta.url));
  const run = process.versions["bun"] === undefined ? ["run", "-A", "--no-check"] : ["run"];
  return spawn(process.execPath, [...run, program, ...args], { stdio });
}

describe("ResultWriter to a stream", () => {
  it("writes one result a line, in order, and calls beforeWrite first", async () => {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    });
    const beforeWrite = (): void => void written.push("<");
    const writer = await ResultWriter.open({ kind: "stream", stream, beforeWrite }, { raw: true });
    writer.write({ a: 1 });
    writer.write("text");
    await writer.flush();
    writer.write(2n);
    await writer.close();
    assert.deepEqual(written, ["<", '{"a":1}\ntext\n', "<", '"2"\n']);
    assert.equal(stream.listenerCount("error"), 0);
  });

  it("goes on after a value that has no text", async () => {
    let written = "";
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written += String(chunk);
        done();
      },
    });
    const writer = await ResultWriter.open({ kind: "stream", stream });
    const circular: unknown[] = [];
    circular.push(circular);
    writer.write(1);
    assert.throws(() => writer.write(circular), RenderError);
    writer.write(2);
    await writer.close();
    assert.equal(written, "1\n2\n");
  });

  it("says that its reader has gone, and takes further results in silence", async () => {
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      },
    });
    const writer = await ResultWriter.open({ kind: "stream", stream });
    writer.write(1);
    await writer.flush();
    assert.ok(writer.readerGone.aborted);
    assert.equal(writer.write(2), undefined);
    await writer.close();
  });

  it("reports any other failure to write", async () => {
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        done(new Error("no space left"));
      },
    });
    const writer = await ResultWriter.open({ kind: "stream", stream });
    writer.write(1);
    await assert.rejects(writer.close(), /Cannot write results: no space left/);
    assert.ok(!writer.readerGone.aborted);
  });

  it("ends quietly when standard output is closed early", async () => {
    const child = spawnWriter([], ["ignore", "pipe", "pipe"]);
    let errors = "";
    child.stderr?.on("data", (chunk) => errors += String(chunk));
    const [first] = await once(child.stdout ?? child, "data");
    assert.match(String(first), /^0\n1\n2\n/);
    child.stdout?.destroy();
    const [code] = await once(child, "close");
    assert.deepEqual([code, errors], [0, "reader gone\n"]);
  });
});

async function fileWriter(path: string, mode: "replace" | "overwrite" | "append" = "replace") {
  return await ResultWriter.open({ kind: "file", path, mode });
}

describe("ResultWriter to a file", () => {
  it("replaces the old file when it is closed and not before", () =>
    inTempFolder(async (folder) => {
      const path = join(folder, "out.ndjson");
      await writeFile(path, "old\n");
      await chmod(path, 0o640);
      const writer = await fileWriter(path);
      writer.write(1);
      await writer.flush();
      assert.equal(await readFile(path, "utf8"), "old\n");
      writer.write(2);
      await writer.close();
      await writer.abandon();
      assert.equal(await readFile(path, "utf8"), "1\n2\n");
      assert.deepEqual(await readdir(folder), ["out.ndjson"]);
      if (process.platform !== "win32") assert.equal((await stat(path)).mode & 0o777, 0o640);
    }));

  it("leaves the old file and nothing else when it is not closed", () =>
    inTempFolder(async (folder) => {
      const path = join(folder, "out.ndjson");
      await writeFile(path, "old\n");
      {
        await using writer = await fileWriter(path);
        writer.write(1);
      }
      assert.equal(await readFile(path, "utf8"), "old\n");
      assert.deepEqual(await readdir(folder), ["out.ndjson"]);
    }));

  it("leaves the old file and nothing else when the process exits", () =>
    inTempFolder(async (folder) => {
      const path = join(folder, "out.ndjson");
      await writeFile(path, "old\n");
      const child = spawnWriter([path], "ignore");
      const [code] = await once(child, "exit");
      assert.equal(code, 3);
      assert.equal(await readFile(path, "utf8"), "old\n");
      assert.deepEqual(await readdir(folder), ["out.ndjson"]);
    }));

  it("replaces what a link names, not the link", () =>
    inTempFolder(async (folder) => {
      await mkdir(join(folder, "real"));
      await writeFile(join(folder, "real/out"), "old\n");
      await symlink("real/out", join(folder, "link"));
      const writer = await fileWriter(join(folder, "link"));
      writer.write("new");
      await writer.close();
      assert.equal(await readFile(join(folder, "real/out"), "utf8"), '"new"\n');
    }));

  it("appends after the last whole line, or overwrites, and what is written stays", () =>
    inTempFolder(async (folder) => {
      const path = join(folder, "out");
      await writeFile(path, "1\n2\nhal");
      const appending = await fileWriter(path, "append");
      appending.write(3);
      await appending.abandon();
      assert.equal(await readFile(path, "utf8"), "1\n2\n3\n");
      const overwriting = await fileWriter(path, "overwrite");
      overwriting.write(4);
      await overwriting.abandon();
      assert.equal(await readFile(path, "utf8"), "4\n");
    }));

  it("writes to a device directly instead of replacing it", {
    skip: process.platform === "win32" ? "there is no /dev/null" : false,
  }, async () => {
    const writer = await fileWriter("/dev/null");
    writer.write(1);
    await writer.close();
    assert.ok((await stat("/dev/null")).isCharacterDevice());
  });

  it("refuses a folder and a path in a folder that is not there", () =>
    inTempFolder(async (folder) => {
      const isUsageError = (error: unknown): boolean => error instanceof UsageError;
      await assert.rejects(fileWriter(folder), isUsageError);
      await assert.rejects(fileWriter(join(folder, "none/out")), isUsageError);
      assert.deepEqual(await readdir(folder), []);
    }));
});
