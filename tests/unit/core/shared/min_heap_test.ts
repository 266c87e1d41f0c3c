import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MinHeap } from "../../../../lib/core/shared/min_heap.ts";

describe("MinHeap", () => {
  it("is empty at first", () => {
    const heap = new MinHeap<string>();
    assert.deepEqual([heap.size, heap.minKey, heap.pop()], [0, undefined, undefined]);
  });

  it("gives values by their keys, smallest first", () => {
    const heap = new MinHeap<string>();
    heap.push(3, "c");
    heap.push(1, "a");
    heap.push(2, "b");
    assert.deepEqual([heap.minKey, heap.first], [1, "a"]);
    assert.deepEqual([heap.pop(), heap.pop(), heap.pop(), heap.pop()], ["a", "b", "c", undefined]);
  });

  it("sorts whatever is put in, and keeps every value", () => {
    const sorts = fc.property(fc.array(fc.integer()), (keys) => {
      const heap = new MinHeap<number>();
      for (const key of keys) heap.push(key, key);
      assert.equal(heap.size, keys.length);
      const out: number[] = [];
      while (heap.size > 0) {
        out.push(heap.pop() ?? NaN);
      }
      assert.deepEqual(out, keys.sort((a, b) => a - b));
    });
    fc.assert(sorts, { seed: 2, numRuns: 200 });
  });

  it("has the smallest key on top at all times while values go in and out", () => {
    const step = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant("pop" as const));
    const keepsTop = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new MinHeap<number>();
      const model: number[] = [];
      for (const item of steps) {
        if (item === "pop") {
          assert.equal(heap.pop(), model.shift());
        } else {
          heap.push(item, item);
          model.push(item);
          model.sort((a, b) => a - b);
        }
        assert.equal(heap.minKey, model[0]);
      }
    });
    fc.assert(keepsTop, { seed: 3, numRuns: 200 });
  });
});
