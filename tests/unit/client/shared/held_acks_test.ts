import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeldAcks, maxHeldResults } from "../../../../lib/client/shared/held_acks.ts";
import type { JobId } from "../../../../lib/proto/ids.ts";

const jobOf = (number: number): JobId => `j${number}` as JobId;

describe("HeldAcks", () => {
  it("holds a result until it is put away, however often it comes", () => {
    const held = new HeldAcks();
    held.add(jobOf(1));
    assert.equal(held.holds(jobOf(1)), true);
    assert.equal(held.holds(jobOf(1)), true);
    assert.equal(held.release(jobOf(1)), true);
    assert.equal(held.holds(jobOf(1)), false);
    assert.equal(held.release(jobOf(1)), false);
  });

  it("holds no more than the scheduler can do without", () => {
    const held = new HeldAcks();
    for (let number = 0; number <= maxHeldResults; number += 1) held.add(jobOf(number));
    for (let number = 0; number < maxHeldResults; number += 1) {
      assert.equal(held.holds(jobOf(number)), true);
    }
    assert.equal(held.holds(jobOf(maxHeldResults)), false);
    assert.equal(held.release(jobOf(maxHeldResults)), false);
  });
});
