import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { encodeTuple, MalformedTupleError, TupleReader } from "../../../lib/wire/tuple.ts";

/** Reads one item out of a tuple of one. */
function readOne<T>(
  item: Parameters<typeof encodeTuple>[0][number],
  read: (reader: TupleReader) => T,
): T {
  const reader = new TupleReader(encodeTuple([item]));
  const value = reader.tuple(1, () => read(reader));
  reader.end();
  return value;
}

describe("control messages", () => {
  it("carry numbers, texts, bytes, lists and what is left out", () => {
    const reader = new TupleReader(
      encodeTuple([
        7,
        "née",
        Uint8Array.of(1, 2),
        [1, 2, 3],
        null,
        true,
        -1.5,
        "[7]",
        new Uint8Array(0),
      ]),
    );
    const message = reader.tuple(9, () => ({
      count: reader.uint(7),
      name: reader.text(4),
      id: reader.bytes(2, 2),
      list: reader.list(() => reader.uint(), 3),
      token: reader.optionalBytes(9),
      flag: reader.boolean(),
      load: reader.number(),
      value: reader.packed(),
      empty: reader.packed(),
    }));
    reader.end();
    assert.deepStrictEqual(message, {
      count: 7,
      name: "née",
      id: Uint8Array.of(1, 2),
      list: [1, 2, 3],
      token: undefined,
      flag: true,
      load: -1.5,
      value: "[7]",
      empty: new Uint8Array(0),
    });
  });

  it("hold texts and bytes to their bounds", () => {
    for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
      const text = "x".repeat(length);
      assert.equal(readOne(text, (reader) => reader.text(length)), text);
      assert.throws(
        () => readOne(text + "x", (reader) => reader.text(length)),
        MalformedTupleError,
      );
    }
    assert.throws(() => readOne("é", (reader) => reader.text(1)), MalformedTupleError);
    const bytes = Uint8Array.of(1, 2, 3);
    assert.throws(() => readOne(bytes, (reader) => reader.bytes(2)), MalformedTupleError);
    assert.throws(() => readOne(bytes, (reader) => reader.bytes(9, 4)), MalformedTupleError);
    assert.throws(() => readOne(8, (reader) => reader.uint(7)), MalformedTupleError);
    assert.throws(
      () => readOne([1, 2], (reader) => reader.list(() => reader.uint(), 1)),
      MalformedTupleError,
    );
  });

  it("refuse every other type, and every other count", () => {
    const items = [1, -1, 1.5, "a", true, null, Uint8Array.of(1), [1]];
    const readers: [(reader: TupleReader) => unknown, number][] = [
      [(reader) => reader.uint(), 1],
      [(reader) => reader.number(), 3],
      [(reader) => reader.text(9), 1],
      [(reader) => reader.boolean(), 1],
      [(reader) => reader.bytes(9), 1],
      [(reader) => reader.optionalBytes(9), 2],
      [(reader) => reader.packed(), 2],
      [(reader) => reader.list(() => reader.uint()), 1],
    ];
    for (const [read, expected] of readers) {
      const accepted = items.filter((item) => {
        try {
          readOne(item, read);
          return true;
        } catch (error) {
          assert.ok(error instanceof MalformedTupleError);
          return false;
        }
      });
      assert.equal(accepted.length, expected, String(read));
    }
    const reader = new TupleReader(encodeTuple([1, 2]));
    assert.throws(() => reader.tuple(1, () => reader.uint()), MalformedTupleError);
  });

  it("refuse bytes that are cut, that follow, or that are no CBOR", () => {
    const bytes = encodeTuple(["abc"]);
    for (let length = 0; length < bytes.length; length++) {
      const reader = new TupleReader(bytes.subarray(0, length));
      assert.throws(() => reader.tuple(1, () => reader.text(9)), MalformedTupleError);
    }
    const longer = new TupleReader(Uint8Array.of(...bytes, 0));
    longer.tuple(1, () => longer.text(9));
    assert.throws(() => longer.end(), MalformedTupleError);
    for (const hex of ["9f01ff", "9bffffffffffffffff", "9a7fffffff", "811801", "81fc", "ff"]) {
      const reader = new TupleReader(Uint8Array.fromHex(hex));
      assert.throws(() => reader.tuple(1, () => reader.uint()), MalformedTupleError);
    }
  });
});
