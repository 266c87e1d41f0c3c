import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  asChoice,
  asComputation,
  asDuration,
  asFinite,
  asFlag,
  asId,
  asOptionalDuration,
  asRanges,
  asRow,
  asText,
  asUint,
  type ItemReader,
} from "../../../lib/wire/batch_items.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

const others: readonly unknown[] = [
  undefined,
  null,
  {},
  [],
  "",
  "x",
  -1,
  0.5,
  NaN,
  Infinity,
  2 ** 53,
];

function takesOnly(read: ItemReader<unknown>, good: readonly unknown[]): void {
  for (const item of good) assert.deepEqual(read(item), item ?? undefined);
  for (const item of others) {
    if (good.some((each) => isEqual(each, item))) continue;
    assert.throws(() => read(item), MalformedTupleError, String(item));
  }
}

function isEqual(one: unknown, other: unknown): boolean {
  const isEmpty = (item: unknown): boolean => Array.isArray(item) && item.length === 0;
  return Object.is(one, other) || (isEmpty(one) && isEmpty(other));
}

describe("items of columns", () => {
  it("are what their column is for and nothing else", () => {
    takesOnly(asUint(7), [0, 7]);
    takesOnly(asUint(), [0, 2 ** 53 - 1]);
    takesOnly(asDuration, [0, 0.5, 2 ** 53]);
    takesOnly(asOptionalDuration, [null, 0.5, 2 ** 53]);
    takesOnly(asFlag, [true, false]);
    takesOnly(asText(1), ["", "x", "ü"]);
    takesOnly(asFinite, [-1, 0.5, 2 ** 53]);
    takesOnly(asRanges, [[], [0, 0], [0, 3, 5, 5]]);
    takesOnly(asRow(2), [[1, "a"]]);
    takesOnly(asId, ["0123456789abcdef".repeat(2)]);
    takesOnly(asComputation, ["0123456789abcdef".repeat(4)]);
  });

  it("keep to their bounds", () => {
    assert.throws(() => asUint(7)(8), MalformedTupleError);
    assert.throws(() => asText(2)("abc"), MalformedTupleError);
    assert.throws(() => asId("A".repeat(32)), MalformedTupleError);
    assert.throws(() => asComputation("a".repeat(63)), MalformedTupleError);
  });

  it("are no ranges that touch, overlap, fall or have no end", () => {
    for (const ranges of [[0, 1, 2, 3], [5, 4], [3, 9, 5, 10], [1], [0.5, 1]]) {
      assert.throws(() => asRanges(ranges), MalformedTupleError, String(ranges));
    }
  });

  it("name choices by their index", () => {
    const read = asChoice(["a", "b"]);
    assert.equal(read(1), "b");
    for (const item of [2, -1, 0.5, "0", "length"]) {
      assert.throws(() => read(item), MalformedTupleError);
    }
  });
});
