import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Deque } from "../../../../lib/core/shared/deque.ts";

type Operation = { readonly kind: "pushBack" | "pushFront" | "shift"; readonly count: number };

const operations = fc.array(
  fc.record<Operation>({
    kind: fc.constantFrom("pushBack", "pushFront", "shift"),
    count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 900, max: 2500 })),
  }),
  { maxLength: 12 },
);

/** Does the same to a deque and to a plain array, and compares what comes out. */
function compareWithArray(script: readonly Operation[]): void {
  const deque = new Deque<number>();
  const model: number[] = [];
  let next = 0;
  for (const { kind, count } of script) {
    for (let index = 0; index < count; index += 1) {
      if (kind === "shift") {
        assert.equal(deque.shift(), model.shift());
        continue;
      }
      deque[kind](next);
      if (kind === "pushBack") model.push(next);
      else model.unshift(next);
      next += 1;
    }
    assert.equal(deque.size, model.length);
  }
  assert.deepEqual([...deque], model);
}

describe("Deque", () => {
  it("gives items back in the order they came", () => {
    const deque = new Deque<string>();
    deque.pushBack("a");
    deque.pushBack("b");
    assert.deepEqual([deque.shift(), deque.shift(), deque.shift()], ["a", "b", undefined]);
  });

  it("gives what was put at the front first, the last one put there before all", () => {
    const deque = new Deque<string>();
    deque.pushBack("c");
    deque.pushFront("b");
    deque.pushFront("a");
    assert.deepEqual([...deque], ["a", "b", "c"]);
    assert.equal(deque.shift(), "a");
    assert.equal(deque.size, 2);
  });

  it("shows which item comes next, and leaves it there", () => {
    const deque = new Deque<string>();
    assert.equal(deque.first, undefined);
    deque.pushBack("b");
    assert.equal(deque.first, "b");
    deque.pushFront("a");
    assert.deepEqual([deque.first, deque.shift(), deque.first], ["a", "a", "b"]);
  });

  it("can be used again after it ran empty", () => {
    const deque = new Deque<number>();
    deque.pushBack(1);
    deque.shift();
    assert.equal(deque.shift(), undefined);
    deque.pushBack(2);
    assert.deepEqual([deque.size, deque.shift(), deque.size], [1, 2, 0]);
  });

  it("behaves as an array does, also over the lengths at which it trims itself", () => {
    fc.assert(fc.property(operations, compareWithArray), { seed: 1, numRuns: 100 });
  });

  it("counts the items that fulfil a condition, at both ends", () => {
    const deque = new Deque<number>();
    for (const item of [1, 2, 3, 4]) deque.pushBack(item);
    deque.shift();
    deque.pushFront(6);
    assert.equal(deque.count((item) => item % 2 === 0), 3);
  });
});
