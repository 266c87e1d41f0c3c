import assert from "node:assert/strict";
import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { outputPaths } from "../../../lib/runtime/output_files.ts";
import { ProgressFile } from "../../../lib/runtime/progress_file.ts";
import { OutputTail } from "../../../lib/slots/output_tail.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

describe("OutputTail", () => {
  it("reads what is new of the task that runs, whole characters only", async () => {
    await inTempFolder((folder) => {
      const path = `${folder}/slot.seq`;
      const { stdout, stderr } = outputPaths(path);
      const tail = new OutputTail(path);
      assert.deepEqual(tail.read(), []);
      for (const file of [stdout, stderr]) writeFileSync(file, "");
      const progress = new ProgressFile(path);
      appendFileSync(stdout, "nobody's");
      assert.deepEqual(tail.read(), []);
      truncateSync(stdout, 0);
      progress.begin(3, 1);
      appendFileSync(stdout, "\ufeffone ");
      appendFileSync(stderr, Uint8Array.of(0xe2, 0x82));
      assert.deepEqual(tail.read(), [{ seq: 3, stream: "stdout", text: "\ufeffone " }]);
      assert.deepEqual(tail.read(), []);
      appendFileSync(stderr, Uint8Array.of(0xac));
      appendFileSync(stdout, "two");
      assert.deepEqual(tail.read(), [
        { seq: 3, stream: "stdout", text: "two" },
        { seq: 3, stream: "stderr", text: "\u20ac" },
      ]);
      truncateSync(stdout, 0);
      truncateSync(stderr, 0);
      progress.begin(4, 2);
      appendFileSync(stdout, "next");
      assert.deepEqual(tail.read(), [{ seq: 4, stream: "stdout", text: "next" }]);
      progress.idle();
      assert.deepEqual(tail.read(), []);
      tail.close();
      return Promise.resolve();
    });
  });
});
