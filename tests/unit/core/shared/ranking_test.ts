import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { noPlaces, Ranking } from "../../../../lib/core/shared/ranking.ts";

type Item = { rank: number; readonly id: number; readonly places: number[] };
const item = (rank: number, id: number): Item => ({ rank, id, places: noPlaces(1) });
const before = (a: Item, b: Item): boolean => a.rank === b.rank ? a.id < b.id : a.rank < b.rank;

describe("Ranking", () => {
  it("has the first item at hand, whatever is put in, moved or taken out", () => {
    const change = fc.record({ id: fc.nat(9), rank: fc.nat(5), out: fc.boolean() });
    const holds = fc.property(fc.array(change), (changes) => {
      const items = Array.from({ length: 10 }, (_, id) => item(0, id));
      const ranking = new Ranking<Item>(0, before);
      const inside = new Set<Item>();
      for (const { id, rank, out } of changes) {
        const one = items[id];
        if (one === undefined) continue;
        if (out) {
          ranking.remove(one);
          inside.delete(one);
        } else {
          one.rank = rank;
          ranking.place(one);
          inside.add(one);
        }
        const [first] = [...inside].sort((a, b) => before(a, b) ? -1 : 1);
        assert.equal(ranking.first, first);
        assert.equal(ranking.size, inside.size);
        assert.equal(ranking.has(one), inside.has(one));
      }
    });
    fc.assert(holds, { seed: 3, numRuns: 500 });
  });

  it("keeps apart the places of items that are in several rankings", () => {
    const one = { rank: 1, id: 1, places: noPlaces(2) };
    const [first, second] = [new Ranking<Item>(0, before), new Ranking<Item>(1, before)];
    first.place(one);
    assert.deepEqual([first.has(one), second.has(one)], [true, false]);
    second.remove(one);
    assert.equal(first.first, one);
  });
});
