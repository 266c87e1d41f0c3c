import assert from "node:assert/strict";
import { describe, it } from "node:test";
import vm from "node:vm";
import { dataLiteral } from "../../../lib/code/data_literal.ts";

const values: Record<string, unknown> = {
  numbers: [0, -0, 1.5, NaN, Infinity, -Infinity, 10n, -10n],
  texts: ["", "a\nb\u2028'\"`${c}"],
  nothing: [null, undefined, true, false],
  nested: { a: { b: [{ c: 1 }] }, "not-a-name": 1 },
  maps: new Map<unknown, unknown>([[{ a: 1 }, new Set([1, "b"])]]),
  dates: new Date(1234.5),
  patterns: /a\/b"$/giu,
  bytes: new Uint8Array([0, 1, 255]),
  typed: [new BigInt64Array([-1n]), new Float32Array([1.5]), new Uint8ClampedArray([9])],
  view: new Uint16Array(new Uint16Array([1, 2, 3, 4]).buffer, 2, 2),
  buffer: new Uint8Array([1, 2, 3]).buffer,
};

describe("dataLiteral", () => {
  for (const [name, value] of Object.entries(values)) {
    it(`makes equal ${name}`, () => {
      const made: unknown = vm.runInThisContext(`(${dataLiteral(value, name)})`);
      assert.deepEqual(made, value);
    });
  }

  it("keeps a key called __proto__ a key", () => {
    const value: unknown = JSON.parse(`{"__proto__":{"a":1}}`);
    const made: unknown = vm.runInThisContext(`(${dataLiteral(value, "x")})`);
    assert.deepEqual(Object.keys(made as object), ["__proto__"]);
  });

  it("refuses what is no data, naming where it is", () => {
    class Point {}
    const circular: unknown[] = [];
    circular.push(circular);
    const refused: [unknown, string][] = [
      [new Point(), "depends.x: it is a Point"],
      [{ a: [Symbol("s")] }, 'depends.x["a"][0]: it is a symbol'],
      [circular, "depends.x[0]: it contains itself"],
      [new WeakMap(), "depends.x: it is a WeakMap"],
    ];
    for (const [value, part] of refused) {
      assert.throws(() => dataLiteral(value, "x"), (error: Error) => {
        assert.equal(error.name, "CodeError");
        assert.ok(error.message.startsWith(`Cannot ship ${part}; `), error.message);
        return true;
      });
    }
  });
});
