import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { isDeno, run } from "./support.ts";

describe("deno publish", () => {
  it("finds nothing to complain about", {
    skip: !isDeno && "deno publish is a part of Deno",
  }, async () => {
    const command = [process.execPath, "publish", "--dry-run", "--allow-dirty"];
    const { code, stderr } = await run(command, { cwd: root });
    assert.equal(code, 0, stderr);
    // Jobs' code is imported at addresses that only a run knows; nothing there needs an import map.
    const warnings = [...stderr.matchAll(/^\s*warning\[([\w-]+)\]/gm)].map(([, kind]) => kind);
    assert.deepEqual([...new Set(warnings)], ["unanalyzable-dynamic-import"]);
  });
});
