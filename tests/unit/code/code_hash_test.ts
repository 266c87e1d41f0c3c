import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filenameOf, hashCode, isCodeOf } from "../../../lib/code/code_hash.ts";
import type { Code } from "../../../lib/proto/executor.ts";

describe("isCodeOf()", () => {
  const format = "script";
  const text = "module.exports = () => 1";
  const id = hashCode({ format, text });
  const code: Code = { format, text, filename: filenameOf(id) };

  it("knows code by its id", () => {
    assert.match(id, /^[0-9a-f]{64}$/);
    assert.ok(isCodeOf(id, code));
  });

  it("knows other code, format or name of file apart", () => {
    assert.ok(!isCodeOf(id, { ...code, text: `${text} ` }));
    assert.ok(!isCodeOf(id, { ...code, format: "module" }));
    assert.ok(!isCodeOf(id, { ...code, filename: "other.ts" }));
  });
});
