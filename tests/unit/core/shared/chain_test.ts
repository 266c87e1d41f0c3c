import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Chain } from "../../../../lib/core/shared/chain.ts";

type Item = {
  readonly name: number;
  previous: Item | undefined;
  next: Item | undefined;
};

function itemOf(name: number): Item {
  return { name, previous: undefined, next: undefined };
}

describe("a chain", () => {
  it("keeps what is put in and taken out as a set does", () => {
    const holds = fc.property(fc.array(fc.nat(9)), (names) => {
      const chain = new Chain<Item>();
      const model = new Set<Item>();
      const items = Array.from({ length: 10 }, (_, name) => itemOf(name));
      for (const name of names) {
        const item = items[name];
        if (item === undefined) continue;
        if (model.delete(item)) chain.remove(item);
        else {
          model.add(item);
          chain.add(item);
        }
        assert.deepEqual([...chain].map((each) => each.name), [...model].map((each) => each.name));
        assert.equal(chain.size, model.size);
      }
    });
    fc.assert(holds, { seed: 3, numRuns: 200 });
  });

  it("lets go of the item at hand", () => {
    const chain = new Chain<Item>();
    for (const name of [1, 2, 3]) chain.add(itemOf(name));
    for (const item of chain) chain.remove(item);
    assert.deepEqual([chain.size, ...chain], [0]);
  });
});
