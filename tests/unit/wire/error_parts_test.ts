import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { errorParts, makeError } from "../../../lib/wire/error_parts.ts";

describe("errorParts", () => {
  it("finds the nearest built-in class", () => {
    class Far extends RangeError {}
    assert.equal(errorParts(new Far("x")).errorClass, "RangeError");
    assert.equal(errorParts(new AggregateError([])).errorClass, "AggregateError");
    assert.equal(errorParts(new DOMException("x", "AbortError")).errorClass, "DOMException");
    assert.equal(errorParts(new Error("x")).errorClass, "Error");
  });

  it("lists hidden properties that are there, and leaves enumerable ones to the others", () => {
    const error = new Error("x", { cause: 1 });
    assert.deepEqual(errorParts(error).hiddenKeys, ["cause"]);
    assert.deepEqual(errorParts(Object.assign(new Error("x"), { cause: 1 })).hiddenKeys, []);
    assert.deepEqual(errorParts(new AggregateError([1])).hiddenKeys, ["errors"]);
  });

  it("tells no message from an empty one", () => {
    assert.equal(errorParts(new Error()).message, undefined);
    assert.equal(errorParts(new Error("")).message, "");
  });
});

describe("makeError", () => {
  it("makes an error that says nothing of the place that made it", () => {
    const error = makeError({ errorClass: "TypeError", name: "Odd", message: "m", stack: "s" });
    assert.ok(error instanceof TypeError);
    assert.equal(error.stack, "s");
    assert.equal(String(error), "Odd: m");
    assert.deepEqual(Object.keys(error), []);
    for (const key of ["line", "column", "sourceURL"]) {
      assert.equal(Object.hasOwn(error, key), false);
    }
  });
});
