import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ProgressFile, readProgress } from "../../../lib/runtime/progress_file.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

const nothing = { running: undefined, lastWords: undefined };

describe("the file that an executor leaves to its host", () => {
  it("says what runs and since when", async () => {
    await inTempFolder((folder) => {
      const path = `${folder}/a.seq`;
      const file = new ProgressFile(path);
      assert.deepEqual(readProgress(path), nothing);
      file.begin(12, 1.7e12 + 0.25);
      assert.deepEqual(readProgress(path).running, { seq: 12, startedAtMs: 1.7e12 + 0.25 });
      file.idle();
      assert.deepEqual(readProgress(path), nothing);
      return Promise.resolve();
    });
  });

  it("has the last words, an error's bytes among them", async () => {
    await inTempFolder((folder) => {
      const path = `${folder}/a.seq`;
      const file = new ProgressFile(path);
      file.begin(0, 5);
      const words = {
        type: "exit",
        code: 1,
        error: new Uint8Array([1, 2]),
        stdout: "out\n",
        stderr: "",
      } as const;
      file.end(words);
      const { running, lastWords } = readProgress(path);
      assert.deepEqual(running, { seq: 0, startedAtMs: 5 });
      assert.deepEqual(lastWords, words);
      return Promise.resolve();
    });
  });

  it("says nothing when it is not there or not whole", async () => {
    await inTempFolder((folder) => {
      assert.deepEqual(readProgress(`${folder}/gone`), nothing);
      writeFileSync(`${folder}/short`, new Uint8Array(7));
      assert.deepEqual(readProgress(`${folder}/short`), nothing);
      const broken = new Uint8Array(20).fill(255);
      writeFileSync(`${folder}/broken`, broken);
      assert.equal(readProgress(`${folder}/broken`).lastWords, undefined);
      return Promise.resolve();
    });
  });
});
