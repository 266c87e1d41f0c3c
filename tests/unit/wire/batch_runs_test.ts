import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { packIds, packNumbers, unpackIds, unpackNumbers } from "../../../lib/wire/batch_runs.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

const head = "0123456789abcdef0123456789";

function idOf(count: number): string {
  return head + count.toString(16).padStart(6, "0");
}

const counts = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 0xffffff }), fc.integer({ min: 1, max: 5000 })),
  { maxLength: 6 },
);

describe("runs of ids", () => {
  it("are told by the first and how many follow", () => {
    const ids = [7, 8, 9, 4, 5, 0xff].map(idOf);
    assert.deepEqual(packIds(ids), [`${head}0000`, ["07", 2, "04", 1, "ff"]]);
    assert.deepEqual(unpackIds(...packIds(ids)), ids);
  });

  it("give every list of ids again", () => {
    const holds = fc.property(counts, (pieces) => {
      const ids = pieces.flatMap(([first, count]) =>
        Array.from({ length: count }, (_, index) => idOf((first + index) & 0xffffff))
      );
      assert.deepEqual(unpackIds(...packIds(ids)), ids);
    });
    fc.assert(holds, { seed: 11, numRuns: 100 });
  });

  it("end where something else than the last digits changes", () => {
    const ids = [`${"a".repeat(26)}ffffff`, `${"a".repeat(25)}b000000`, `${"c".repeat(26)}000001`];
    assert.deepEqual(unpackIds(...packIds(ids)), ids);
    assert.deepEqual(packIds([]), ["", []]);
  });

  it("are refused when they begin with nothing, run too far, or are no ids", () => {
    const bad: readonly (readonly unknown[])[] = [
      [3],
      [idOf(0), -1],
      [idOf(0), 0.5],
      [idOf(0xffffff), 1],
      [idOf(0), 1_000_000_000],
      [idOf(0).toUpperCase()],
      [idOf(0), null],
      [`${idOf(0)}0`],
    ];
    for (const items of bad) assert.throws(() => unpackIds("", items), MalformedTupleError);
  });
});

describe("runs of numbers", () => {
  it("are told as pairs, and give every list of numbers again", () => {
    assert.deepEqual(packNumbers([5, 6, 7, 2, 2]), [5, 2, 2, 0, 2, 0]);
    const holds = fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (numbers) => {
      assert.deepEqual(unpackNumbers(packNumbers(numbers), numbers.length), numbers);
    });
    fc.assert(holds, { seed: 12, numRuns: 200 });
  });

  it("are refused when they are not as many as there are jobs, or no numbers", () => {
    const last = Number.MAX_SAFE_INTEGER;
    for (const pairs of [[], [0, 2], [0, 0], [0, 1, 2], [0, "1"], [-1, 1], [last, 1]]) {
      assert.throws(() => unpackNumbers(pairs, 2), MalformedTupleError);
    }
  });
});
