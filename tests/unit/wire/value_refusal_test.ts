import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import {
  MalformedValueError,
  packValue,
  unpackValue,
  UnsupportedValueError,
} from "../../../lib/wire/value.ts";

class Point {
  x = 1;
}
class Numbers extends Array<number> {}
class Registry extends Map {}

function refuses(value: unknown, message: string | RegExp): void {
  assert.throws(() => packValue(value), (error: unknown) => {
    assert.ok(error instanceof UnsupportedValueError);
    assert.ok(error instanceof TypeError);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

describe("what cannot be sent is refused with its place", () => {
  it("functions and symbols", () => {
    refuses(() => 1, "Cannot send the value: it is a function; send data only");
    refuses(
      [{ items: [0, 1, 2, { callback: () => 1 }] }],
      "Cannot send the value at [0].items[3].callback: it is a function; send data only",
    );
    refuses(
      { "a b": Symbol("s") },
      'Cannot send the value at ["a b"]: it is a symbol; send a string',
    );
    refuses({ toJSON() {} }, "Cannot send the value at .toJSON: it is a function; send data only");
    refuses(Object(Symbol("s")), /instance of class Symbol/);
  });

  it("instances of classes, by name", () => {
    refuses(
      [new Point()],
      "Cannot send the value at [0]: it is an instance of class Point, " +
        "which would be lost; send a plain object",
    );
    refuses(
      Numbers.of(1),
      "Cannot send the value: it is an array of class Numbers; send Array.from(value)",
    );
    refuses(new Registry(), /instance of class Registry/);
    refuses(Object.create({ inherited: 1 }), /prototype of its own/);
    refuses(new URL("http://localhost/"), /instance of class URL/);
    refuses((function* () {})(), /prototype of its own|instance of class/);
  });

  it("places inside maps, sets and errors", () => {
    refuses(new Map([["k", [() => 1]]]), /at \.get\("k"\)\[0\]: it is a function/);
    refuses(new Map([[new Point(), 1]]), /at \.keys\(\)\[0\]: /);
    refuses(new Set([1, new Point()]), /at \.values\(\)\[1\]: /);
    refuses(new Error("x", { cause: { f() {} } }), /at \.cause\.f: /);
    refuses(new AggregateError([Symbol("s")]), /at \.errors\[0\]: /);
  });

  it("promises, weak containers, blobs, streams, shared memory, ports", () => {
    refuses([Promise.resolve()], /it is a Promise; await it first/);
    refuses(new WeakMap(), /it is a WeakMap/);
    refuses(new WeakSet(), /it is a WeakSet/);
    refuses(new WeakRef({}), /it is a WeakRef/);
    refuses(new Blob(["x"]), /it is a Blob; send its bytes/);
    refuses(new File(["x"], "x.txt"), /it is a (File|Blob); send its bytes/);
    refuses(new ReadableStream(), /it is a ReadableStream; send its bytes/);
    refuses(new SharedArrayBuffer(1), /it is a SharedArrayBuffer/);
    refuses(new Uint8Array(new SharedArrayBuffer(1)), /it is a SharedArrayBuffer/);
    const { port1, port2 } = new MessageChannel();
    refuses(port1, /it is a MessagePort; transfer it/);
    port1.close();
    port2.close();
  });

  it("detached buffers and their views", () => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    refuses(buffer, /detached/);
    refuses({ view }, /at \.view: its ArrayBuffer is detached/);
  });

  it("values that are too deep, also of plain objects, and not one level less", () => {
    const nested = (depth: number, leaf: unknown): unknown => {
      let value = leaf;
      for (let level = 0; level < depth; level++) value = [value];
      return value;
    };
    for (const leaf of [1, 1n]) {
      const deepest = nested(limits.maxValueDepth, leaf);
      assert.deepStrictEqual(unpackValue(packValue(deepest)), deepest);
      refuses(nested(limits.maxValueDepth + 1, leaf), /nested more than 500 levels deep/);
    }
    refuses(nested(100_000, 1), /nested more than/);
  });

  it("a getter that throws, with what it threw as the cause", () => {
    const value = {
      a: {
        get b(): number {
          throw new RangeError("no");
        },
      },
    };
    assert.throws(() => packValue(value), (error: unknown) => {
      assert.ok(error instanceof UnsupportedValueError);
      assert.equal(error.message, "Cannot send the value at .a.b: reading it threw no");
      assert.ok(error.cause instanceof RangeError);
      return true;
    });
  });

  it("long paths are cut in the message", () => {
    let value: unknown = () => 1;
    for (let level = 0; level < 400; level++) value = { level: value };
    refuses(value, /^Cannot send the value at (\.level){33}.{0,9}…: it is a function/);
  });
});

describe("unpackValue on hostile input", () => {
  const hostile: readonly [string, string][] = [
    ["nothing", ""],
    ["bytes after the end", "0000"],
    ["an array without its items", "85"],
    ["an array of 2^32-1 items", "9affffffff"],
    ["an array of 2^53 items", "9b0020000000000000"],
    ["a map of 2^32-1 entries", "baffffffff"],
    ["bytes longer than the input", "5affffffff00"],
    ["an indefinite array", "9f00ff"],
    ["an indefinite string", "7f6161ff"],
    ["a lone break", "ff"],
    ["a number written too long", "1800"],
    ["an integer of 64 bits", "1bffffffffffffffff"],
    ["a key twice", "a2616100616101"],
    ["a key that is a number", "a10000"],
    ["a Map key twice", "d90103a200000001"],
    ["a Set item twice", "d90102820000"],
    ["an unknown tag", "d9ffff00"],
    ["an unknown kind", "d96cf5821863f6"],
    ["a kind without fields", "d96cf580"],
    ["a date of text", "d96cf582016161"],
    ["a regular expression that does not compile", "d96cf58302612860"],
    ["a reference to nothing", "d81d00"],
    ["a reference to what is not made yet", "d81cd96cf5820ad81d00"],
    ["a shareable shareable", "d81cd81c80"],
    ["an object of a side table that is not there", "d96cf5820c00"],
    ["a typed array of a broken length", "d84543010203"],
    ["a view beyond its buffer", "d96cf585081840000ad96cf5820741 00".replace(" ", "")],
    ["a view without buffer", "d96cf5850818400000f6"],
    ["a sparse array with an index beyond its length", "d96cf584050161390 0".replace(" ", "")],
    ["a sparse array of 2^31 items", "d96cf582051a80000000"],
    ["a sparse array whose key is length", "d96cf5840501666c656e67746803"],
    ["a resizable buffer of 2^40 bytes", "d96cf583074100 1b0000010000000000".replace(" ", "")],
    ["an error of an unknown class", "d96cf5870b186360f6f6a0a0"],
    [
      "an error with a foreign hidden property",
      "d96cf5870b0060f6f6a1657374616 36b00a0".replace(" ", ""),
    ],
    ["a box around an object", "d96cf5820a80"],
  ];

  for (const [what, hex] of hostile) {
    it(`refuses ${what}`, () => {
      assert.throws(() => unpackValue(Uint8Array.fromHex(hex)), MalformedValueError);
    });
  }

  it("refuses text that is no JSON or too deep, and does not run out of stack", () => {
    for (const text of ["", "{", "[1,]", "undefined", "NaN", "[".repeat(1_000_000)]) {
      assert.throws(() => unpackValue(text), MalformedValueError);
    }
    const deep = "[".repeat(501) + "]".repeat(501);
    assert.throws(() => unpackValue(deep), /nested more than 500/);
    const brackets = JSON.stringify(['[{"\\'.repeat(1000), "[".repeat(1000)]);
    assert.deepEqual(unpackValue(brackets), JSON.parse(brackets));
  });

  it("refuses bytes nested without end, by every container", () => {
    for (
      const unit of [
        "81",
        "a16161",
        "d9010281",
        "d90103a100",
        "d96cf58204a16161",
        "d96cf5820a",
        "d81c81",
      ]
    ) {
      assert.throws(
        () => unpackValue(Uint8Array.fromHex(unit.repeat(50_000) + "00")),
        MalformedValueError,
      );
    }
    const texts = Uint8Array.fromHex("d96cf58302".repeat(100_000));
    assert.throws(() => unpackValue(texts), MalformedValueError);
  });

  it("never pollutes a prototype", () => {
    const bytes = Uint8Array.fromHex("a1695f5f70726f746f5f5fa168706f6c6c75746564f5");
    const value = unpackValue(bytes) as object;
    assert.deepEqual(Object.keys(value), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});
