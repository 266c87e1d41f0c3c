import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { TestBed } from "../../harness/test_bed.ts";

describe("failpoint()", () => {
  it("holds a process where a test has armed it, once", async () => {
    await using bed = new TestBed();
    const path = bed.write(
      "passes.ts",
      `import { failpoint } from "${root}/lib/platform/failpoint.ts";
       for (const place of ["other", "here", "here"]) {
         failpoint(place);
         console.log(place);
       }`,
    );
    bed.write("here.armed", "");
    const running = bed.script(path, [], { env: { MUSTER_FAILPOINTS: bed.folder } });
    await running.until("it stands still", () => existsSync(`${bed.folder}/here.hit`));
    assert.doesNotMatch(running.stdout, /here/);
    rmSync(`${bed.folder}/here.hit`);
    assert.equal((await running.ended()).stdout, "other\nhere\nhere\n");
  });
});
