import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapshot } from "../../../../lib/core/scheduler/snapshot.ts";
import type { JobId } from "../../../../lib/proto/ids.ts";
import type { JournalRecord, SettledRecord } from "../../../../lib/proto/journal_records.ts";
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
    const records = [...snapshot(fixture.state, () => settled)].flat();
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

  it("may be taken bit by bit while the scheduler works", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.nodeUp("a", 10, 10);
    const settledOf = (job: JobId): SettledRecord => {
      const found = fixture.records.findLast((record): record is SettledRecord =>
        record.type === "settled" && record.job === job
      );
      assert.ok(found !== undefined);
      return found;
    };
    const leases = Array.from(
      { length: 6 },
      (_, number) => leaseIn(fixture.submit(1, "c", submitted(`j${number}`, number))),
    );
    const done = (index: number): void => {
      const lease = leases[index];
      assert.ok(lease !== undefined);
      fixture.done("a", 10, lease);
    };
    done(0);
    // Told of before the snapshot comes to it, in the middle of it, and after it.
    const between = [
      () => fixture.ack(1, "c", "j0"),
      () => done(5),
      () => fixture.ack(1, "c", "j5"),
      () => fixture.submit(1, "c", submitted("new", 6)),
      () => done(1),
      () => done(4),
      () => fixture.ack(1, "c", "j1"),
    ];
    const history: JournalRecord[] = [];
    for (const item of snapshot(fixture.state, settledOf)) {
      history.push(...item);
      const from = fixture.records.length;
      between.shift()?.();
      history.push(...fixture.records.slice(from));
    }
    assert.equal(between.length, 0);
    const jobs = ["j0", "j1", "j2", "j3", "j4", "j5", "new"];
    const { known, forgotten } = fixture.cluster("c").shared;
    fixture.restart(history);
    assert.deepEqual(jobs.map((job) => fixture.phaseOf(job)), [
      undefined,
      undefined,
      "queued",
      "queued",
      "settled",
      undefined,
      "queued",
    ]);
    const restored = fixture.cluster("c");
    assert.deepEqual(restored.shared.known.ranges, known.ranges);
    assert.deepEqual(restored.shared.forgotten.ranges, forgotten.ranges);
    assert.equal(restored.open, 3);
  });
});
