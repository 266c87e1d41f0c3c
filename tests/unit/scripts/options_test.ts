import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseOptions } from "../../../scripts/testing/options.ts";

describe("parseOptions()", () => {
  it("runs everything when nothing is asked for", () => {
    assert.deepEqual(parseOptions([]), { runtimes: ["bun", "deno"], filter: "", checks: true });
  });

  it("leaves the checks out of a narrowed run", () => {
    assert.deepEqual(parseOptions(["--runtime", "deno", "--filter", "./tests/unit"]), {
      runtimes: ["deno"],
      filter: "tests/unit",
      checks: false,
    });
  });

  it("refuses what it does not know", () => {
    assert.throws(() => parseOptions(["--runtime", "node"]), /Cannot test under node/);
    assert.throws(() => parseOptions(["--fast"]), TypeError);
    assert.throws(() => parseOptions(["tests/unit"]), TypeError);
  });
});
