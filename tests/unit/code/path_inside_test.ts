import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathInside } from "../../../lib/code/path_inside.ts";

describe("pathInside()", () => {
  it("is the path from a folder to what is inside it, and nothing else", () => {
    assert.equal(pathInside("/a/b", "/a/b/c.ts"), "c.ts");
    assert.equal(pathInside("/a/b", "/a/b/..c/d.ts"), "..c/d.ts");
    assert.equal(pathInside("/", "/x/y"), "x/y");
    for (const outside of ["/a/b", "/a", "/a/bc/d.ts", "/c"]) {
      assert.equal(pathInside("/a/b", outside), undefined);
    }
  });
});
