import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRng } from "../../../../lib/core/shared/rng.ts";

function firstNumbers(seed: number, count: number): number[] {
  const random = createRng(seed);
  return Array.from({ length: count }, random);
}

describe("createRng()", () => {
  it("gives the same numbers for the same seed, and others for another", () => {
    assert.deepEqual(firstNumbers(7, 20), firstNumbers(7, 20));
    assert.notDeepEqual(firstNumbers(7, 20), firstNumbers(8, 20));
  });

  it("counts the low 32 bits of the seed", () => {
    assert.deepEqual(firstNumbers(-1, 5), firstNumbers(0xffffffff, 5));
  });

  it("stays in [0, 1) for any seed", () => {
    const inRange = fc.property(fc.integer(), (seed) => {
      for (const number of firstNumbers(seed, 50)) assert.ok(number >= 0 && number < 1);
    });
    fc.assert(inRange, { seed: 5, numRuns: 200 });
  });

  it("spreads evenly: each tenth of the range gets about a tenth of the numbers", () => {
    const counts = new Array<number>(10).fill(0);
    for (const number of firstNumbers(1, 100_000)) {
      const tenth = Math.floor(number * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, counts.join(" "));
  });
});
