import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RenderError, renderResult } from "../../../../lib/cli/output/render_result.ts";

describe("renderResult()", () => {
  it("is JSON for what JSON can hold", () => {
    for (
      const value of [null, true, -1.5, "a\n\u2028", [], {}, { a: [1, { b: "é" }] }, [[[[[[[[[[
        1,
      ]]]]]]]]]]]
    ) {
      assert.equal(renderResult(value), JSON.stringify(value));
    }
  });

  it("writes strings as they are when raw, and other values as JSON", () => {
    assert.equal(renderResult('a "b"', { raw: true }), 'a "b"');
    assert.equal(renderResult(["a"], { raw: true }), '["a"]');
  });

  it("writes what JSON cannot hold as a script would expect it, at any depth", () => {
    const cases: [unknown, string][] = [
      [undefined, "null"],
      [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
      [NaN, "null"],
      [[Infinity, -0], "[null,0]"],
      [2n ** 64n, '"18446744073709551616"'],
      [{ a: Object(1n) }, '{"a":"1"}'],
      [new Date(0), '"1970-01-01T00:00:00.000Z"'],
      [new Date(NaN), "null"],
      [new Map([["a", new Map([[1, 2n]])]]), '{"a":[[1,"2"]]}'],
      [new Map([["__proto__", 1]]), '{"__proto__":1}'],
      [new Set([1, new Set(["x"])]), '[1,["x"]]'],
      [new Uint8Array([255, 0, 1]), '"/wAB"'],
      [Buffer.from("hi"), '"aGk="'],
      [new Uint8Array([1, 2, 3, 4]).subarray(1, 3), '"AgM="'],
      [{ a: new ArrayBuffer(1), b: new DataView(new ArrayBuffer(1)) }, '{"a":"AA==","b":"AA=="}'],
      [new SharedArrayBuffer(1), '"AA=="'],
      [new Float64Array([0.5, NaN]), "[0.5,null]"],
      [new BigInt64Array([-1n]), '["-1"]'],
      [/a\/b/g, '"/a\\\\/b/g"'],
      [new RangeError("no", { cause: 1n }), '{"name":"RangeError","message":"no","cause":"1"}'],
      [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ];
    for (const [value, text] of cases) assert.equal(renderResult(value), text);
  });

  it("keeps a property called toJSON that is no function", () => {
    assert.equal(renderResult({ toJSON: 1, a: 2n }), '{"toJSON":1,"a":"2"}');
  });

  it("refuses a value that contains itself", () => {
    const value: Record<string, unknown> = { a: 1 };
    value["self"] = { value };
    assert.throws(() => renderResult(value), RenderError);
    const map = new Map<string, unknown>();
    map.set("self", map);
    assert.throws(() => renderResult(map), RenderError);
  });
});
