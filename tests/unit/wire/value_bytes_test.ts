import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { packValue, unpackValue } from "../../../lib/wire/value.ts";

function roundTrip<T>(value: T): T {
  return unpackValue(packValue(value)) as T;
}

const classes = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  ...(typeof Float16Array === "undefined" ? [] : [Float16Array]),
];

describe("bytes of every kind", () => {
  it("typed arrays keep class and items", () => {
    for (const Class of classes) {
      const value = Class.from([1, 2, 250]);
      const copy = roundTrip(value);
      assert.equal(copy.constructor, Class);
      assert.deepEqual([...copy], [...value]);
      assert.equal(roundTrip(new Class(0)).length, 0);
    }
    assert.deepStrictEqual(roundTrip(BigInt64Array.of(-1n, 2n)), BigInt64Array.of(-1n, 2n));
    assert.deepStrictEqual(roundTrip(BigUint64Array.of(1n)), BigUint64Array.of(1n));
  });

  it("a window into a large buffer sends only what it shows", () => {
    const big = new Uint8Array(1_000_000);
    big.set([1, 2, 3], 500_001);
    const packed = packValue(big.subarray(500_001, 500_004));
    assert.ok(packed.length < 20, `${packed.length} bytes`);
    assert.deepStrictEqual(unpackValue(packed), Uint8Array.of(1, 2, 3));
    const view = roundTrip(new DataView(big.buffer, 500_001, 3));
    assert.equal(view.byteLength, 3);
    assert.equal(view.getUint8(2), 3);
  });

  it("empty arrays are never shared between results", () => {
    assert.notEqual(roundTrip(new Uint8Array(0)), roundTrip(new Uint8Array(0)));
    assert.equal(roundTrip(new ArrayBuffer(0)).byteLength, 0);
  });

  it("array buffers, also resizable ones", () => {
    const buffer = Uint8Array.of(9, 8, 7).buffer;
    assert.deepStrictEqual(roundTrip(buffer), buffer);
    const resizable = roundTrip(new ArrayBuffer(2, { maxByteLength: 10 }));
    assert.equal(resizable.resizable, true);
    assert.equal(resizable.maxByteLength, 10);
  });

  it("a Buffer arrives as a Uint8Array and never brings its pool along", () => {
    const [a, b] = [Buffer.from("abc"), Buffer.from("def")];
    const packed = packValue([a, b]);
    assert.ok(packed.length < 20, `${packed.length} bytes`);
    assert.deepStrictEqual(
      unpackValue(packed),
      [Uint8Array.of(97, 98, 99), Uint8Array.of(100, 101, 102)],
    );
  });

  it("views of one buffer go on sharing one", () => {
    const memory = new ArrayBuffer(1000);
    const bytes = new Uint8Array(memory, 101, 50);
    const floats = new Float64Array(memory, 104, 2);
    const value = roundTrip({ bytes, floats, view: new DataView(memory, 110, 4) });
    value.floats[0] = 1.5;
    assert.equal(value.bytes.buffer, value.floats.buffer);
    assert.equal(value.bytes.length, 50);
    assert.equal(value.bytes[3 + 7], 0x3f);
    assert.equal(value.view.byteLength, 4);
    assert.ok(packValue([bytes, floats]).length < 120);
  });

  it("a buffer and its views, in any order, all mentioned twice", () => {
    const memory = Uint8Array.from({ length: 64 }, (_, index) => index).buffer;
    const [low, high] = [new Uint8Array(memory, 0, 8), new Uint16Array(memory, 32)];
    const orders: unknown[][] = [[memory, low, high], [low, memory, high], [low, high, memory]];
    for (const order of orders) {
      const copy = roundTrip([...order, ...order]) as [object, object, object];
      order.forEach((_, index) => assert.equal(copy[index], (copy as object[])[index + 3]));
      const found = copy.find((item) => item instanceof ArrayBuffer);
      for (const item of copy) {
        if (ArrayBuffer.isView(item)) assert.equal(item.buffer, found);
      }
      assert.deepStrictEqual((copy as object[]).slice(0, 3), order);
    }
  });
});

describe("objects that are not copied", () => {
  it("come from the side table, alone and below views", () => {
    const shared = new SharedArrayBuffer(64);
    const moved = new ArrayBuffer(16);
    const { port1, port2 } = new MessageChannel();
    const table: unknown[] = [shared, moved, port1];
    const value = {
      shared,
      ints: new Int32Array(shared, 8, 4),
      all: new DataView(shared),
      part: new Uint8Array(moved, 4, 4),
      port: port1,
      plain: new Uint8Array(2),
    };
    const packed = packValue(value, {
      byReference: (object) => table.includes(object) ? table.indexOf(object) : undefined,
    });
    const copy = unpackValue(packed, { reference: (index) => table[index] }) as typeof value;
    assert.equal(copy.shared, shared);
    assert.equal(copy.ints.buffer, shared);
    assert.deepEqual([copy.ints.byteOffset, copy.ints.length], [8, 4]);
    assert.equal(copy.all.byteLength, 64);
    assert.equal(copy.part.buffer, moved);
    assert.deepEqual([copy.part.byteOffset, copy.part.length], [4, 4]);
    assert.equal(copy.port, port1);
    assert.notEqual(copy.plain, value.plain);
    port1.close();
    port2.close();
  });
});
