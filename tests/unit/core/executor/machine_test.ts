import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/executor/machine.ts";
import type { SchedulerId } from "../../../../lib/proto/ids.ts";
import { assigned, end, ExecutorFixture, lease, saidIn } from "./fixture.ts";

const j = lease("j");

/** A connected node that holds lease "j". */
function holding(expires = false): ExecutorFixture {
  const fixture = new ExecutorFixture();
  fixture.connect(1);
  fixture.assign(j, expires);
  return fixture;
}

describe("a node that is greeted", () => {
  it("announces what it holds, and tells the ends of its outbox again", () => {
    const fixture = holding();
    const k = lease("k");
    fixture.assign(k);
    fixture.started(j);
    fixture.ended(k);
    fixture.disconnect();
    fixture.nowMs = 7;
    assert.deepEqual(saidIn(fixture.connect(2)), [
      {
        type: "announce",
        instance: "i",
        slots: 2,
        draining: false,
        held: [{ ...j, runningMs: 7 }],
        outbox: [k],
      },
      { type: "done", ends: [end(k)] },
    ]);
  });

  it("refuses an older epoch than it has seen, and obeys nobody who was refused", () => {
    const fixture = holding();
    fixture.disconnect();
    fixture.connect(2, 3);
    fixture.disconnect();
    assert.deepEqual(fixture.connect(3, 2), [{ type: "refuse", link: 3, epoch: 2 }]);
    assert.deepEqual(fixture.assign(lease("k", 1, 2)), []);
  });

  it("throws away what it did for another scheduler", () => {
    const fixture = holding();
    fixture.assign(lease("k"));
    fixture.ended(lease("k"));
    fixture.disconnect();
    const effects = fixture.connect(2, 1, "another");
    assert.deepEqual(effects.map(({ type }) => type), ["stop", "send", "unsave"]);
    const [announce] = saidIn(effects);
    assert.deepEqual(announce?.type === "announce" && [announce.held, announce.outbox], [[], []]);
    assert.deepEqual(saidIn(fixture.ended(j)), []);
  });

  it("does not listen to a link that is not its own any more", () => {
    const fixture = holding();
    fixture.disconnect();
    fixture.connect(2);
    assert.deepEqual(fixture.hear({ type: "drop", leases: [j] }, 1), []);
    assert.deepEqual(fixture.step({ type: "linkDown", link: 1, sinceMs: 0 }), []);
    assert.equal(fixture.state.greeted, true);
  });
});

describe("an end", () => {
  it("is put on disk when it is not acknowledged in time, and deleted when it is", () => {
    const fixture = holding();
    fixture.ended(j);
    assert.equal(nextWakeMs(fixture.state), 20);
    assert.deepEqual(fixture.advance(19), []);
    assert.deepEqual(fixture.advance(1), [{ type: "save", ends: [end(j)] }]);
    assert.equal(nextWakeMs(fixture.state), undefined);
    const effects = fixture.hear({ type: "ack", leases: [j] });
    assert.deepEqual(effects, [{ type: "unsave", leases: [j] }]);
  });

  it("never touches the disk when it is acknowledged soon", () => {
    const fixture = holding();
    fixture.ended(j);
    assert.deepEqual(fixture.hear({ type: "ack", leases: [j] }), []);
    assert.deepEqual(fixture.advance(100), []);
  });

  it("is put on disk at once without a connection, or if the job may not run again", () => {
    const cut = holding();
    cut.disconnect();
    assert.deepEqual(cut.ended(j), [{ type: "save", ends: [end(j)] }]);
    const once = holding(true);
    assert.deepEqual(once.ended(j)[0], { type: "save", ends: [end(j)] });
  });

  it("found on disk after a restart is told, and deleted when it is acknowledged", () => {
    const scheduler = "s" as SchedulerId;
    const fixture = new ExecutorFixture({ saved: [end(j)], scheduler, epoch: 1 });
    const said = saidIn(fixture.connect(1));
    assert.deepEqual(said.map(({ type }) => type), ["announce", "done"]);
    const effects = fixture.hear({ type: "ack", leases: [j] });
    assert.deepEqual(effects, [{ type: "unsave", leases: [j] }]);
  });
});

describe("a drain", () => {
  it("gives back what waits, finishes what runs, and is over when all is acknowledged", () => {
    const fixture = holding();
    fixture.started(j);
    const k = lease("k");
    fixture.assign(k);
    const effects = fixture.step({ type: "drain" });
    assert.deepEqual(effects.map(({ type }) => type), ["send", "retract"]);
    assert.deepEqual(saidIn(fixture.step({ type: "returned", lease: k })), [
      { type: "returned", leases: [k] },
    ]);
    fixture.ended(j);
    const last = fixture.hear({ type: "ack", leases: [j] });
    assert.deepEqual(last, [{ type: "drained" }]);
    assert.deepEqual(fixture.step({ type: "drain" }), []);
  });

  it("does not wait for a scheduler that is out of reach for longer than that keeps its leases", () => {
    const fixture = holding();
    fixture.started(j);
    fixture.disconnect();
    fixture.step({ type: "drain" });
    fixture.advance(700);
    assert.deepEqual(fixture.ended(j).map(({ type }) => type), ["save"]);
    assert.equal(nextWakeMs(fixture.state), 900);
    assert.deepEqual(fixture.advance(200), [{ type: "drained" }]);
    assert.equal(fixture.state.outbox.size, 1);
    assert.equal(nextWakeMs(fixture.state), undefined);
  });

  it("gives back what was on its way to it", () => {
    const fixture = holding();
    fixture.step({ type: "drain" });
    const [late, later] = [lease("k"), lease("l")];
    const leases = [assigned(late), assigned(later)];
    const said = saidIn(fixture.hear({ type: "assign", leases }));
    assert.deepEqual(said, [{ type: "returned", leases: [later, late] }]);
  });
});

describe("the number of slots", () => {
  it("is told when it changes, and with the next announcement", () => {
    const fixture = holding();
    const said = saidIn(fixture.step({ type: "slots", slots: 5 }));
    assert.deepEqual(said, [{ type: "slots", slots: 5 }]);
    assert.equal(fixture.state.slots, 5);
  });
});
