import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { packValue, unpackValue } from "../../../lib/wire/value.ts";

function roundTrip<T>(value: T): T {
  return unpackValue(packValue(value)) as T;
}

describe("errors", () => {
  it("built-in classes keep class, name, message and stack", () => {
    const makers = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
    for (const Class of makers) {
      const error = new Class("went wrong");
      const copy = roundTrip(error);
      assert.equal(Object.getPrototypeOf(copy), Class.prototype);
      assert.equal(copy.name, Class.name);
      assert.equal(copy.message, "went wrong");
      assert.equal(copy.stack, error.stack);
      assert.deepEqual(Object.keys(copy), []);
    }
  });

  it("cause, errors and own properties travel, hidden ones stay hidden", () => {
    const error = Object.assign(
      new AggregateError([new Error("a"), 2n], "both", { cause: new TypeError("why") }),
      { code: "E_BOTH", details: { list: [1] } },
    );
    const copy = roundTrip(error);
    assert.ok(copy instanceof AggregateError);
    assert.equal(copy.errors[0].message, "a");
    assert.equal(copy.errors[1], 2n);
    assert.ok(copy.cause instanceof TypeError);
    assert.equal(copy.code, "E_BOTH");
    assert.deepEqual(copy.details, { list: [1] });
    assert.deepEqual(Object.keys(copy), ["code", "details"]);
  });

  it("a class of the user's arrives as the nearest built-in class, its name kept", () => {
    class LimitError extends RangeError {
      override name = "LimitError";
      limit = 3;
    }
    const copy = roundTrip(new LimitError("too much"));
    assert.equal(Object.getPrototypeOf(copy), RangeError.prototype);
    assert.equal(copy.name, "LimitError");
    assert.equal(copy.limit, 3);
    assert.equal(String(copy), "LimitError: too much");
  });

  it("a name set on the prototype or by hand survives", () => {
    class QuietError extends Error {}
    Object.defineProperty(QuietError.prototype, "name", { value: "QuietError" });
    const copy = roundTrip(new QuietError("x"));
    assert.equal(copy.name, "QuietError");
    assert.deepEqual(Object.keys(copy), []);
  });

  it("a DOMException stays one, as aborted work throws it", () => {
    const copy = roundTrip(new DOMException("stopped", "AbortError"));
    assert.ok(copy instanceof DOMException);
    assert.deepEqual([copy.name, copy.message, copy.code], ["AbortError", "stopped", 20]);
  });

  it("an error without a message, or a stack, gets none", () => {
    const error = new Error();
    Object.defineProperty(error, "stack", { value: undefined });
    const copy = roundTrip(error);
    assert.equal(Object.hasOwn(copy, "message"), false);
    assert.equal(copy.stack, undefined);
  });

  it("an error caused by itself arrives so", () => {
    const error = new Error("loop");
    error.cause = error;
    const copy = roundTrip(error);
    assert.equal(copy.cause, copy);
  });
});
