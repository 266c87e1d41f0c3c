import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { NumberSet } from "../../../../lib/core/shared/number_set.ts";

describe("NumberSet", () => {
  it("has what was put in, in as few ranges as there can be", () => {
    const holds = fc.property(fc.array(fc.nat(40)), (numbers) => {
      const set = new NumberSet();
      const expected = new Set<number>();
      for (const number of numbers) {
        set.add(number);
        expected.add(number);
      }
      for (let number = -1; number < 42; number += 1) {
        assert.equal(set.has(number), expected.has(number));
      }
      const starts = [...expected].filter((number) => !expected.has(number - 1)).length;
      assert.equal(set.ranges.length, 2 * starts);
      assert.equal(set.last, Math.max(-1, ...expected));
      assert.deepEqual(new NumberSet(set.ranges).ranges, set.ranges);
    });
    fc.assert(holds, { seed: 4, numRuns: 500 });
  });

  it("is empty at first", () => {
    const set = new NumberSet();
    assert.deepEqual([set.last, set.has(0), set.ranges], [-1, false, []]);
  });
});
