import assert from "node:assert/strict";
import { appendFileSync, readFileSync, statSync, truncateSync } from "node:fs";
import { describe, it } from "node:test";
import { limits } from "../../../lib/proto/limits.ts";
import { FileOutput } from "../../../lib/runtime/file_output.ts";
import {
  maxOutputBytes,
  type OutputPaths,
  outputPaths,
} from "../../../lib/runtime/output_files.ts";
import { OutputLock } from "../../../lib/runtime/output_lock.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

/** Longer than any write takes. */
const longMs = 1000;

type Bench = {
  readonly output: FileOutput;
  readonly paths: OutputPaths;
  readonly stray: string[];
};

function withOutput(test: (bench: Bench) => void): Promise<void> {
  return inTempFolder((folder) => {
    const paths = outputPaths(`${folder}/slot`);
    const stray: string[] = [];
    const write = (): void => appendFileSync(`${folder}/probe`, ".");
    const output = new FileOutput(paths, new OutputLock(), write, (text) => stray.push(text));
    output.begin();
    test({ output, paths, stray });
    return Promise.resolve();
  });
}

describe("FileOutput", () => {
  it("has what the console is given and what others write, in order, and empties the files", async () => {
    await withOutput(({ output, paths, stray }) => {
      output.sink("stdout", "console ");
      appendFileSync(paths.stdout, "raw ");
      output.sink("stdout", new TextEncoder().encode("stream"));
      appendFileSync(paths.stderr, "wrong");
      assert.deepEqual(output.take(longMs), { stdout: "console raw stream", stderr: "wrong" });
      assert.equal(statSync(paths.stdout).size + statSync(paths.stderr).size, 0);
      assert.equal(output.take(longMs), undefined);
      assert.deepEqual(stray, []);
    });
  });

  it("looks when the console was used, however quick the job was, and else if it was not too quick", async () => {
    await withOutput(({ output, paths }) => {
      assert.equal(output.take(0), undefined);
      output.sink("stderr", "quick");
      assert.deepEqual(output.take(0), { stdout: "", stderr: "quick" });
      appendFileSync(paths.stdout, "not by this one");
      assert.equal(output.take(0), undefined);
      assert.equal(output.take(longMs)?.stdout, "not by this one");
    });
  });

  it("tells of what is printed and written while no job runs", async () => {
    await withOutput(({ output, paths, stray }) => {
      output.end();
      output.sink("stdout", "between ");
      appendFileSync(paths.stderr, "child");
      output.tellStray();
      assert.deepEqual(stray, ["between ", "child"]);
      output.begin();
      assert.equal(output.take(longMs), undefined);
    });
  });

  it("cuts what is over the limit, whoever writes it, and keeps the file short itself", async () => {
    await withOutput(({ output, paths }) => {
      const cut = "\n[output cut: over the limit]\n";
      const long = "x".repeat(limits.maxJobOutputChars);
      for (let count = 0; count < 10; count += 1) output.sink("stdout", long);
      assert.ok(statSync(paths.stdout).size <= maxOutputBytes);
      for (let count = 0; count < 4; count += 1) appendFileSync(paths.stderr, long);
      const { stdout = "", stderr = "" } = output.take(longMs) ?? {};
      assert.ok(stdout === long + cut, stdout.slice(-100));
      assert.ok(stderr === long + cut, stderr.slice(-100));
      output.sink("stdout", "next");
      assert.equal(output.take(longMs)?.stdout, "next");
    });
  });

  it("knows as cut what was shortened to the most that is read", async () => {
    await withOutput(({ output, paths }) => {
      for (const char of ["x", "\u20ac", "\u{1f600}"]) {
        output.sink("stdout", char.repeat(limits.maxJobOutputChars));
        appendFileSync(paths.stdout, char.repeat(limits.maxJobOutputChars));
        appendFileSync(paths.stdout, char.repeat(limits.maxJobOutputChars));
        truncateSync(paths.stdout, maxOutputBytes);
        const { stdout = "" } = output.take(longMs) ?? {};
        assert.ok(stdout.endsWith("\n[output cut: over the limit]\n"), `${char} ${stdout.length}`);
        assert.equal(readFileSync(paths.stdout, "utf8"), "");
      }
    });
  });
});
