import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shareSlots } from "../../../../lib/node/shared/slot_shares.ts";

function share(slots: number, ...leases: number[]): number[] {
  return shareSlots(leases.map((count) => ({ leases: count })), slots);
}

describe("shareSlots()", () => {
  it("gives one computation all it can use", () => {
    assert.deepEqual(share(4, 100), [4]);
    assert.deepEqual(share(4, 2), [2]);
    assert.deepEqual(share(4, 0), [0]);
  });

  it("gives each the same, the first ones one more", () => {
    assert.deepEqual(share(4, 100, 100), [2, 2]);
    assert.deepEqual(share(5, 100, 100, 100), [2, 2, 1]);
  });

  it("gives what one cannot use to the others", () => {
    assert.deepEqual(share(8, 1, 100, 3), [1, 4, 3]);
  });

  it("serves the first ones when there are not enough", () => {
    assert.deepEqual(share(1, 5, 5), [1, 0]);
    assert.deepEqual(share(0, 5), [0]);
    assert.deepEqual(share(3), []);
  });
});
