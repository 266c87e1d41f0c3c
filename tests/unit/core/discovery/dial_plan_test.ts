import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../../../lib/proto/limits.ts";
import { DialPlan } from "../../../../lib/core/discovery/dial_plan.ts";
import type { Member } from "../../../../lib/core/discovery/state.ts";

function memberOf(instance: string, addresses: readonly string[], port = 7701): Member {
  const rest = { role: "node", hostKey: "key", udpPort: 1, heardAtMs: 0 } as const;
  return { instance, addresses, port, ...rest };
}

describe("DialPlan", () => {
  it("dials four at once, and the next when one has ended", () => {
    const plan = new DialPlan(1);
    for (let n = 0; n < 100; n += 1) plan.want(memberOf(`n${n}`, [`10.0.0.${n}`]));
    const dials = plan.due(0);
    assert.equal(dials.length, limits.maxDiscoveryDials);
    assert.deepEqual(plan.due(0), []);
    assert.equal(plan.nextMs(), undefined);
    const [first, second] = dials;
    assert.ok(first !== undefined && second !== undefined);
    plan.failed(first, 0);
    plan.opened(second);
    assert.deepEqual(plan.due(0).map(({ member }) => member.instance), ["n4", "n5"]);
  });

  it("tries each address of a member before any of them again", () => {
    const plan = new DialPlan(1);
    plan.want(memberOf("n1", ["10.0.0.1", "10.1.0.1", "fd00::1"]));
    const tried: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const [dial] = plan.due(0);
      assert.ok(dial !== undefined);
      tried.push(dial.address);
      plan.failed(dial, 0);
    }
    assert.deepEqual(tried, ["10.0.0.1", "10.1.0.1", "fd00::1"]);
    assert.deepEqual(plan.due(0), []);
    assert.equal(plan.due(plan.nextMs() ?? NaN).length, 1);
  });

  it("waits longer after each failure of an address, whoever names it", () => {
    const plan = new DialPlan(1);
    let nowMs = 0;
    const pauses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      plan.want(memberOf(`n${n}`, ["10.0.0.1"]));
      const [dial, more] = plan.due(nowMs);
      assert.ok(dial !== undefined);
      // The others name the same address, and it is being dialled already.
      if (more !== undefined) plan.failed(more, nowMs);
      plan.failed(dial, nowMs);
      const nextMs = plan.nextMs() ?? NaN;
      pauses.push(nextMs - nowMs);
      nowMs = nextMs;
    }
    assert.ok((pauses[0] ?? 0) >= 200 && (pauses[0] ?? 0) <= 400, String(pauses));
    assert.ok(pauses.slice(8).every((pause) => pause >= 4_000 && pause <= 8_000), String(pauses));
  });

  it("tells once that a member is reached at none of its addresses, and anew after it was", () => {
    const plan = new DialPlan(1);
    plan.want(memberOf("n1", ["10.0.0.1", "10.1.0.1"]));
    let nowMs = 0;
    const next = () => {
      const [dial] = plan.due(nowMs);
      assert.ok(dial !== undefined);
      return dial;
    };
    const told = Array.from({ length: 6 }, () => {
      nowMs = Math.max(nowMs, plan.nextMs() ?? 0);
      return plan.failed(next(), nowMs);
    });
    assert.deepEqual(told, [false, true, false, false, false, false]);
    nowMs = plan.nextMs() ?? 0;
    const dial = next();
    plan.opened(dial);
    plan.closed(dial, nowMs);
    nowMs += 60_000;
    assert.ok(plan.failed(next(), nowMs));
  });

  it("dials again what has closed, and not what is gone", () => {
    const plan = new DialPlan(1);
    plan.want(memberOf("n1", ["10.0.0.1"]));
    const [dial] = plan.due(0);
    assert.ok(dial !== undefined);
    plan.opened(dial);
    plan.drop(dial.member);
    assert.equal(plan.nextMs(), undefined);
    plan.closed(dial, 1000);
    const nextMs = plan.nextMs() ?? NaN;
    assert.ok(nextMs >= 1200 && nextMs <= 1400, String(nextMs));
    plan.drop(dial.member);
    assert.deepEqual(plan.due(nextMs), []);
  });

  it("takes up new addresses", () => {
    const plan = new DialPlan(1);
    plan.want(memberOf("n1", ["10.0.0.1"]));
    plan.want(memberOf("n1", ["10.0.0.2"]));
    assert.deepEqual(plan.due(0).map(({ address }) => address), ["10.0.0.2"]);
  });
});
