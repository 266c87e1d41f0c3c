import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { packValue, unpackValue } from "../../../lib/wire/value.ts";

function roundTrip(value: unknown): unknown {
  return unpackValue(packValue(value));
}

/** Asserts that the value arrives as what it was, alone and inside an array beside a Date (which forces CBOR). */
function arrives(value: unknown): void {
  assert.deepStrictEqual(roundTrip(value), value);
  assert.deepStrictEqual(roundTrip([value, new Date(0)]), [value, new Date(0)]);
}

describe("packValue", () => {
  it("makes JSON text of plain trees and bytes of everything else", () => {
    for (const value of [7, "a", null, true, [7], { a: [1, { b: "c" }] }, [], {}]) {
      assert.equal(packValue(value), JSON.stringify(value));
    }
    for (const value of [undefined, -0, NaN, 1n, new Date(), [undefined], { a: undefined }]) {
      assert.ok(packValue(value) instanceof Uint8Array, String(value));
    }
  });

  it("gives bytes whose buffer holds nothing else", () => {
    for (const value of [1n, new Uint8Array(100), [new Date(), "x".repeat(3000)]]) {
      const packed = packValue(value);
      assert.ok(packed instanceof Uint8Array);
      assert.equal(packed.buffer.byteLength, packed.byteLength);
    }
  });
});

describe("a value arrives as what it was", () => {
  it("primitives", () => {
    for (const value of [undefined, null, true, false, "", "é\u{1f600}", 0, -0, 1.5, -1, NaN]) {
      arrives(value);
    }
    for (
      const value of [Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 2 ** 53, -(2 ** 60)]
    ) {
      arrives(value);
    }
    for (const value of [2 ** 31, -(2 ** 31), 2 ** 53 - 1, 1 - 2 ** 53, 65504, 0.1]) arrives(value);
    assert.ok(Object.is(roundTrip(-0), -0));
  });

  it("bigints of any size", () => {
    const sizes = [0n, 1n, -1n, 255n, 256n, -256n, 2n ** 64n, -(2n ** 64n), 2n ** 64n - 1n];
    for (const value of [...sizes, 7n ** 5000n, -(7n ** 5000n)]) arrives(value);
  });

  it("strings with lone surrogates, a byte order mark, or a great length", () => {
    for (const value of ["\ud800", "a\udc00b", "\ufeffabc", "\ufeff", "x\ufeff", "\0"]) {
      arrives(value);
      arrives(value.repeat(20_000));
      arrives({ [value]: value });
    }
  });

  it("dates and regular expressions", () => {
    for (const ms of [0, -1, 8.64e15, 1234567890123]) arrives(new Date(ms));
    assert.ok(Number.isNaN((roundTrip(new Date(NaN)) as Date).getTime()));
    arrives(/a[/]\/b/dgimsuy);
    arrives(/[\p{L}--[a-z]]/v);
    const sticky = /a/g;
    sticky.lastIndex = 3;
    assert.equal((roundTrip(sticky) as RegExp).lastIndex, 0);
  });

  it("maps and sets, with any keys, in order", () => {
    arrives(new Map<unknown, unknown>([[1, 2], ["1", 3], [NaN, 4], [null, [undefined]], [2n, {}]]));
    arrives(new Set<unknown>([3, "3", NaN, undefined, new Set([1])]));
    arrives(new Map());
    assert.deepEqual([...(roundTrip(new Set(["b", "a"])) as Set<string>)], ["b", "a"]);
  });

  it("objects with odd keys, without a prototype, with undefined", () => {
    arrives({ b: 1, a: 2, 10: 3, "": 4, "a b": undefined });
    arrives(Object.assign(Object.create(null), { a: 1 }));
    arrives({ constructor: 1, toString: 2, hasOwnProperty: new Date(1) });
    for (const extra of [1, new Date(0)]) {
      const odd = JSON.parse('{"__proto__":{"polluted":true},"a":1}');
      odd.a = extra;
      const copy = roundTrip(odd) as Record<string, unknown>;
      assert.deepEqual(Object.keys(copy), ["__proto__", "a"]);
      assert.equal(Object.getPrototypeOf(copy), Object.prototype);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    }
  });

  it("arrays with holes and named properties", () => {
    // deno-lint-ignore no-sparse-arrays
    const holes = [1, , undefined, , "x", ,];
    arrives(holes);
    assert.deepEqual(Object.keys(roundTrip(holes) as object), ["0", "2", "4"]);
    arrives(new Array(5));
    const match = roundTrip("xay".match(/(?<name>a)/)) as RegExpMatchArray;
    assert.deepEqual([...match], ["a", "a"]);
    assert.equal(match.index, 1);
    assert.equal(match.groups?.["name"], "a");
    const long = Object.assign(Array.from({ length: 1000 }, (_, index) => index), { unit: "ms" });
    assert.equal((roundTrip(long) as typeof long).unit, "ms");
    const texts = Object.assign(Array.from({ length: 1000 }, String), { unit: "ms" });
    assert.equal((roundTrip(texts) as typeof texts).unit, "ms");
  });

  it("long arrays of numbers, of every shape", () => {
    arrives(Array.from({ length: 3000 }, (_, index) => index * 0.5));
    arrives([NaN, -0, Infinity, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    arrives([...Array.from({ length: 3000 }, (_, index) => index), "end"]);
    arrives([...Array.from({ length: 300 }, (_, index) => index), undefined]);
  });

  it("boxed primitives", () => {
    arrives([Object(false), Object(-0), Object("a\ud800"), Object(2n ** 70n)]);
    assert.equal(typeof roundTrip(Object(1)), "object");
  });

  it("null-prototype objects stay without a prototype and class-less objects keep Object", () => {
    assert.equal(Object.getPrototypeOf(roundTrip(Object.create(null))), null);
    assert.equal(Object.getPrototypeOf(roundTrip({ a: 1n })), Object.prototype);
  });

  it("getters are read, symbol keys and hidden properties stay behind", () => {
    const value = {
      get a() {
        return 1;
      },
      [Symbol("s")]: 2,
    };
    Object.defineProperty(value, "hidden", { value: 3, enumerable: false });
    assert.deepStrictEqual(roundTrip(value), { a: 1 });
    assert.deepStrictEqual(roundTrip([value, 1n]), [{ a: 1 }, 1n]);
  });

  it("a toJSON method, own or inherited, is never called", () => {
    const value = {};
    Object.defineProperty(value, "toJSON", { value: () => "wrong", enumerable: false });
    assert.deepStrictEqual(roundTrip(value), {});
  });
});

describe("identity inside one value", () => {
  it("repeated objects arrive as one object", () => {
    const shared = { a: 1 };
    for (const copies of [roundTrip([shared, shared]), roundTrip([shared, new Date(), shared])]) {
      const list = copies as unknown[];
      assert.equal(list[0], list.at(-1));
    }
    const many = Array.from({ length: 40 }, (_, index) => ({ index }));
    const twice = roundTrip([...many, many[30]]) as unknown[];
    assert.equal(twice[30], twice[40]);
  });

  it("cycles close, through every container", () => {
    const value: Record<string, unknown> = { name: "top" };
    value["self"] = value;
    value["list"] = [value];
    value["map"] = new Map<unknown, unknown>([["v", value], [value, "k"]]);
    value["set"] = new Set([value]);
    value["error"] = new Error("x", { cause: value });
    value["bare"] = Object.assign(Object.create(null), { value });
    // deno-lint-ignore no-sparse-arrays
    value["sparse"] = [, value];
    const copy = roundTrip(value) as Record<string, unknown>;
    assert.equal(copy["self"], copy);
    assert.equal((copy["list"] as unknown[])[0], copy);
    assert.equal((copy["map"] as Map<unknown, unknown>).get("v"), copy);
    assert.equal((copy["map"] as Map<unknown, unknown>).get(copy), "k");
    assert.ok((copy["set"] as Set<unknown>).has(copy));
    assert.equal((copy["error"] as Error).cause, copy);
    assert.equal((copy["bare"] as { value: unknown }).value, copy);
    assert.equal((copy["sparse"] as unknown[])[1], copy);
  });

  it("dates, errors, boxes and bytes keep their identity too", () => {
    const things = [new Date(1), new Error("e"), Object(1), new Uint8Array(3), /x/, [
      NaN,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
    ]];
    const copy = roundTrip([...things, ...things]) as unknown[];
    things.forEach((_, index) => assert.equal(copy[index], copy[index + things.length]));
    assert.equal(new Set(copy).size, things.length);
  });

  it("an object met again inside another late one keeps its number", () => {
    const [a, b, c] = [{ n: 1 }, { n: 2 }, { n: 3 }];
    const copy = roundTrip([c, { b, a }, { a, c }, b]) as [object, never, never, object];
    const [first, second, third, fourth] = copy;
    assert.equal((third as { c: object }).c, first);
    assert.equal((third as { a: object }).a, (second as { a: object }).a);
    assert.equal(fourth, (second as { b: object }).b);
  });
});
