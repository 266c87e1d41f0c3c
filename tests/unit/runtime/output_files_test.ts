import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { describe, it } from "node:test";
import { limits } from "../../../lib/proto/limits.ts";
import { outputPaths, readOutput } from "../../../lib/runtime/output_files.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

describe("readOutput()", () => {
  it("gives what a process left, with the rest cut, and nothing where no files are", async () => {
    await inTempFolder((folder) => {
      const paths = outputPaths(`${folder}/slot`);
      assert.deepEqual(readOutput(paths), { stdout: "", stderr: "" });
      appendFileSync(paths.stdout, "last \u20ac");
      for (let count = 0; count < 5; count += 1) {
        appendFileSync(paths.stderr, "y".repeat(limits.maxJobOutputChars));
      }
      const { stdout, stderr } = readOutput(paths);
      assert.equal(stdout, "last \u20ac");
      assert.ok(stderr.endsWith("y\n[output cut: over the limit]\n"), stderr.slice(-50));
      return Promise.resolve();
    });
  });
});
