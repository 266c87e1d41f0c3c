import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recordOf } from "../../../../lib/cli/exec/input_record.ts";

describe("recordOf()", () => {
  it("splits lines where a separator is given", () => {
    assert.deepEqual(recordOf("a, b,c", undefined).words, ["a, b,c"]);
    assert.deepEqual(recordOf("a, b,c", /, */u).words, ["a", "b", "c"]);
  });

  it("makes columns of objects and lists, and words of other values", () => {
    assert.deepEqual(recordOf([1, "x", { a: 1 }], undefined).words, ["1", "x", '{"a":1}']);
    assert.deepEqual(recordOf(5, undefined).words, ["5"]);
    assert.deepEqual(recordOf(null, undefined).words, ["null"]);
    const { words, named } = recordOf({ b: "x", a: true }, undefined);
    assert.deepEqual(words, ["x", "true"]);
    assert.deepEqual([...named ?? []], [["b", "x"], ["a", "true"]]);
  });
});
