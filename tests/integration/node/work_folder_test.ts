import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { WorkFolder } from "../../../lib/node/work_folder.ts";
import { TestBed } from "../../harness/test_bed.ts";

describe("WorkFolder", () => {
  it("of another process that lives is never taken for a dead one's", async () => {
    await using bed = new TestBed();
    bed.write(
      "living.ts",
      `import { WorkFolder } from ${JSON.stringify(`${root}/lib/node/work_folder.ts`)};
      await using folder = await WorkFolder.open("work");
      console.log(folder.path);
      for await (const _ of process.stdin);`,
    );
    const living = bed.script("living.ts", [], { stdin: null });
    await living.until("it has its folder", () => living.stdout !== "");
    const folder = `${bed.folder}/${living.stdout.trimEnd()}`;
    // Now and then a connection that is closed at once looks broken before it looks made.
    for (let round = 0; round < 200; round++) {
      await (await WorkFolder.open(`${bed.folder}/work`))[Symbol.asyncDispose]();
    }
    assert.ok(existsSync(folder));
    living.closeStdin();
    await living.ended();
    assert.ok(!existsSync(folder));
  });
});
