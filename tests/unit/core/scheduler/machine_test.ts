import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/scheduler/machine.ts";
import { policyOf, retracting, running, SchedulerFixture, typesOf } from "./fixture.ts";

describe("step()", () => {
  it("places once for many events, so that their jobs travel together", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a", 2);
    const effects = fixture.submit(["j1", "j2"]);
    assert.deepEqual(typesOf(effects), ["assign"]);
  });

  it("does nothing without events before anything is due", () => {
    assert.deepEqual(running({ timeoutMs: 100 }).step(), []);
  });
});

describe("nextWakeMs()", () => {
  it("is undefined when only events matter", () => {
    assert.equal(nextWakeMs(running().state), undefined);
  });

  it("is the first of backoffs, time limits and stalls", () => {
    const fixture = new SchedulerFixture();
    fixture.nodeUp("a", 2);
    fixture.submit(["slow"], policyOf({ timeoutMs: 70 }));
    fixture.submit(["failing"], policyOf({ retries: 1 }));
    fixture.started("a", "slow");
    assert.equal(nextWakeMs(fixture.state), 70);
    fixture.done("a", "failing", "threw");
    assert.equal(nextWakeMs(fixture.state), 50);
    fixture.submit(["next", "waiting"]);
    fixture.nodeUp("b");
    assert.equal(nextWakeMs(fixture.state), 50);
  });

  it("names no time that has passed", () => {
    const fixture = retracting();
    assert.equal(nextWakeMs(fixture.state), undefined);
  });
});
