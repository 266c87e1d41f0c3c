import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findFileProblem, whyBadPath } from "../../../lib/proto/files.ts";
import { limits } from "../../../lib/proto/limits.ts";
import { badPaths } from "../../harness/bad_paths.ts";

const file = (path: string, size = 1) => ({ path, size, isExecutable: false });

describe("whyBadPath()", () => {
  it("takes paths of files below a folder", () => {
    for (
      const path of ["a", "a/b.txt", ".hidden", "a b/ä.txt", "..a/b..", "ab:c", "-x", "a/.muster"]
    ) {
      assert.equal(whyBadPath(path, false), undefined, path);
    }
  });

  it("refuses every path that is none, or may lead elsewhere", () => {
    for (const path of badPaths) assert.ok(whyBadPath(path, false) !== undefined, path);
  });

  it("refuses what means something else on Windows there", () => {
    for (const path of ["con", "a/NUL.txt", "com1", "a:b", "a/b.", "x /y", "a?b"]) {
      assert.ok(whyBadPath(path, true) !== undefined, path);
    }
    assert.equal(whyBadPath("console/a.b", true), undefined);
  });
});

describe("findFileProblem()", () => {
  it("finds none in files that can lie beside each other", () => {
    assert.equal(findFileProblem([file("a/b"), file("a/c"), file("ab")], false), undefined);
  });

  it("refuses duplicates, a file that is a folder too, too many and too much", () => {
    assert.equal(findFileProblem([file("a"), file("a")], false)?.path, "a");
    assert.equal(findFileProblem([file("a/b/c"), file("a/b")], false)?.path, "a/b");
    const half = limits.maxFilesBytes / 2;
    assert.match(
      findFileProblem([file("a", half), file("b", half + 1)], false)?.why ?? "",
      /bytes/,
    );
    const many = Array.from({ length: limits.maxFiles + 1 }, (_, index) => file(String(index)));
    assert.match(findFileProblem(many, false)?.why ?? "", /the most/);
    assert.equal(findFileProblem([file("ok"), file("../x")], false)?.path, "../x");
  });
});
