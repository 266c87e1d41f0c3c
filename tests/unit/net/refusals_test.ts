import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../../lib/proto/limits.ts";
import { Refusals } from "../../../lib/net/refusals.ts";
import type { Refusal } from "../../../lib/net/types.ts";

describe("refused connections", () => {
  it("are told of at once, then once a minute with their number", () => {
    const told: Refusal[] = [];
    const refusals = new Refusals((refusal) => told.push(refusal));
    const minuteMs = limits.refusalReportMs;
    for (let index = 0; index < 10; index++) refusals.note("10.0.0.5", "badTag", index);
    refusals.note("10.0.0.5", "badTag", minuteMs);
    assert.deepEqual(told.map(({ count }) => count), [1, 10]);
    assert.match(
      told[1]?.message ?? "",
      /^Refused a connection from 10\.0\.0\.5: .* \(10 times\)$/,
    );
  });

  it("are kept apart by address and reason", () => {
    const told: Refusal[] = [];
    const refusals = new Refusals((refusal) => told.push(refusal));
    refusals.note("10.0.0.5", "badTag", 0);
    refusals.note("10.0.0.6", "badTag", 0);
    refusals.note("10.0.0.6", "timeout", 0);
    refusals.note("10.0.0.6", "policy", 0, "it is not listed");
    assert.equal(told.length, 4);
    assert.match(told[3]?.message ?? "", /it is not listed$/);
  });
});
