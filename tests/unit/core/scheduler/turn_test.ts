import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leasesIn, recordsIn, refOf, SharedFixture, submitted, toNodes } from "./shared_fixture.ts";

describe("a step", () => {
  it("writes first, and says what it has to say to each in one message of each kind", () => {
    const fixture = new SharedFixture();
    fixture.open(1, "c");
    fixture.nodeUp("a", 10, 2);
    const leases = leasesIn(
      fixture.submit(1, "c", submitted("j", 0), submitted("k", 1), submitted("l", 2)),
    ).map(refOf);
    const [first, second] = leases;
    assert.ok(first !== undefined && second !== undefined);
    const outcome = { kind: "finished", detail: 1 } as const;
    const ends = [first, second].map((lease) => ({ ...lease, outcome, runMs: 1 }));
    const effects = fixture.nodeSays("a", 10, { type: "done", ends });
    assert.deepEqual(effects.map(({ type }) => type), ["persist", "deliver", "toNode"]);
    assert.deepEqual(recordsIn(effects), ["settled", "settled"]);
    assert.deepEqual(toNodes(effects), [{ type: "ack", leases: [first, second] }]);
  });
});
