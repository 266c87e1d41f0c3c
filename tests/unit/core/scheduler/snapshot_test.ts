import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapshot } from "../../../../lib/core/scheduler/snapshot.ts";
import type { SettledRecord } from "../../../../lib/proto/journal_records.ts";
import { policyOf } from "./fixture.ts";
import { deliveredIn, leaseIn, SharedFixture, submitted } from "./shared_fixture.ts";

describe("snapshot()", () => {
  it("gives few records that rebuild what many have built", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.nodeUp("a", 10);
    for (let number = 0; number < 50; number += 1) {
      const name = `j${number}`;
      fixture.done("a", 10, leaseIn(fixture.submit(1, "c", submitted(name, number))));
      if (number !== 7) fixture.ack(1, "c", name);
    }
    const failing = leaseIn(fixture.submit(1, "c", submitted("f", 50, policyOf({ retries: 2 }))));
    fixture.done("a", 10, failing, { kind: "threw", detail: undefined });
    fixture.submit(1, "c", submitted("runs", 51, policyOf({ reentrant: false })));
    const settled = fixture.records.find((record): record is SettledRecord =>
      record.type === "settled" && record.job === "j7"
    );
    assert.ok(settled !== undefined);
    const records = [...snapshot(fixture.state, () => settled)];
    assert.deepEqual(records.map(({ type }) => type), [
      "epoch",
      "opened",
      "accepted",
      "settled",
      "accepted",
      "waiting",
      "accepted",
      "lease",
    ]);
    fixture.restart(records);
    assert.deepEqual(["j7", "f", "runs"].map((job) => fixture.phaseOf(job)), [
      "settled",
      "queued",
      "assigned",
    ]);
    const { known, forgotten } = fixture.cluster("c").shared;
    assert.deepEqual([known.ranges, forgotten.ranges], [[0, 51], [0, 6, 8, 49]]);
    assert.equal(fixture.state.epoch, 2);
    assert.deepEqual(deliveredIn(fixture.open(1, "c")), ["j7"]);
  });
});
