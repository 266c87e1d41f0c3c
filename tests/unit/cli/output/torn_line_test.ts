import assert from "node:assert/strict";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { dropTornLine } from "../../../../lib/cli/output/torn_line.ts";
import { inTempFolder } from "../temp_folder.ts";

test("dropTornLine() keeps whole lines and drops what follows them", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "file");
    const long = "x".repeat(200_000);
    const cases = [
      ["", ""],
      ["a\n", "a\n"],
      ["a\nb", "a\n"],
      ["torn", ""],
      [`${long}\n${long}`, `${long}\n`],
      [long, ""],
    ];
    for (const [before = "", after] of cases) {
      await writeFile(path, before);
      const file = await open(path, "r+");
      await dropTornLine(file);
      await file.close();
      assert.equal(await readFile(path, "utf8"), after);
    }
  }));
