import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { backoffDelayMs } from "../../../../lib/core/shared/backoff.ts";

describe("backoffDelayMs()", () => {
  it("doubles with every failure until the cap", () => {
    const backoff = { firstMs: 100, maxMs: 1000 };
    const leastMs = [1, 2, 3, 4, 5, 6].map((failures) => backoffDelayMs(backoff, failures, 0));
    assert.deepEqual(leastMs, [50, 100, 200, 400, 500, 500]);
  });

  it("spreads the wait over its upper half", () => {
    const backoff = { firstMs: 100, maxMs: 1000 };
    assert.equal(backoffDelayMs(backoff, 1, 0.5), 75);
    assert.ok(backoffDelayMs(backoff, 1, 0.999) < 100);
  });

  it("waits not at all when the first wait is 0", () => {
    assert.equal(backoffDelayMs({ firstMs: 0, maxMs: 1000 }, 9, 0.7), 0);
  });

  it("stays between half and the whole of its bound, however often the job failed", () => {
    const arbitrary = fc.record({
      firstMs: fc.integer({ min: 0, max: 100_000 }),
      maxMs: fc.integer({ min: 0, max: 2_147_483_647 }),
      failures: fc.integer({ min: 1, max: 1_000_001 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    const bounded = fc.property(arbitrary, ({ firstMs, maxMs, failures, random }) => {
      const delayMs = backoffDelayMs({ firstMs, maxMs }, failures, random);
      const wholeMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 52));
      assert.ok(delayMs >= wholeMs / 2 && delayMs <= wholeMs, `${delayMs} of ${wholeMs}`);
    });
    fc.assert(bounded, { seed: 4, numRuns: 500 });
  });
});
