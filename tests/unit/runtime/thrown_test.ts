import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { packThrown } from "../../../lib/runtime/thrown.ts";
import { unpackValue } from "../../../lib/wire/value.ts";

const arrives = (thrown: unknown): unknown => unpackValue(packThrown(thrown));

function errorOf(thrown: unknown): Error {
  const arrived = arrives(thrown);
  assert.ok(arrived instanceof Error);
  return arrived;
}

describe("packThrown()", () => {
  it("keeps errors and plain values", () => {
    const error = errorOf(new RangeError("far", { cause: { at: 1 } }));
    assert.ok(error instanceof RangeError);
    assert.deepEqual([error.message, error.cause], ["far", { at: 1 }]);
    assert.equal(arrives("text"), "text");
    assert.equal(arrives(undefined), undefined);
    assert.deepEqual(arrives({ code: 5 }), { code: 5 });
  });

  it("describes what cannot travel", () => {
    const error = errorOf(Object.assign(new TypeError("held"), { callback: () => 1 }));
    assert.deepEqual([error.name, error.message], ["TypeError", "held"]);
    assert.match(error.stack ?? "", /thrown_test/);
    assert.match(errorOf(() => 1).message, /Function/);
    assert.match(errorOf(Symbol("one")).message, /Symbol\(one\)/);
    assert.match(errorOf(Object.assign(Object.create(null), { call: () => 1 })).message, /call/);
  });

  it("never throws, whatever an object does when it is looked at", () => {
    assert.equal(errorOf(Object.freeze(new Error("frozen"))).message, "frozen");
    const stackless = new Error("no stack");
    Object.assign(stackless, { stack: 5 });
    assert.equal(errorOf(stackless).message, "no stack");
    const hostile = new Error();
    Object.defineProperty(hostile, "message", {
      get: () => {
        throw new Error("looked at");
      },
    });
    assert.ok(errorOf(hostile).message.length > 0);
    const proxy = new Proxy({}, {
      get: () => {
        throw new Error("looked at");
      },
      ownKeys: () => {
        throw new Error("looked at");
      },
      getPrototypeOf: () => {
        throw new Error("looked at");
      },
    });
    assert.ok(errorOf(proxy).message.length > 0);
  });
});
