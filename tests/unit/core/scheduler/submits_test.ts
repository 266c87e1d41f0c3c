import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  deliveredIn,
  leaseIn,
  recordsIn,
  SharedFixture,
  submitted,
  toClients,
} from "./shared_fixture.ts";

const accepted = [{ type: "accepted", cluster: "c", jobs: ["j"] }];
const j = submitted("j", 0);

function opened(options = {}): SharedFixture {
  const fixture = new SharedFixture();
  fixture.open(1, "c", options);
  return fixture;
}

describe("a submit to a shared scheduler", () => {
  it("is on record before it is accepted", () => {
    const effects = opened().submit(1, "c", j);
    assert.deepEqual(recordsIn(effects), ["accepted"]);
    assert.deepEqual(toClients(effects), accepted);
    assert.equal(effects[1]?.type === "toClient" && effects[1].afterCommit, true);
  });

  it("that is repeated is answered again and recorded once", () => {
    const fixture = opened();
    fixture.submit(1, "c", j);
    const effects = fixture.submit(1, "c", j);
    assert.deepEqual(recordsIn(effects), []);
    assert.deepEqual(toClients(effects), accepted);
  });

  it("that is repeated after the end is answered with the result again", () => {
    const fixture = opened();
    fixture.nodeUp("a", 10);
    fixture.done("a", 10, leaseIn(fixture.submit(1, "c", j)));
    const effects = fixture.submit(1, "c", j);
    assert.deepEqual([toClients(effects), deliveredIn(effects)], [accepted, ["j"]]);
  });

  it("that is repeated after the acknowledgement runs nothing", () => {
    const fixture = opened();
    fixture.nodeUp("a", 10);
    fixture.done("a", 10, leaseIn(fixture.submit(1, "c", j)));
    fixture.ack(1, "c", "j");
    const effects = fixture.submit(1, "c", j);
    assert.deepEqual([toClients(effects), recordsIn(effects)], [accepted, []]);
    assert.equal(fixture.phaseOf("j"), undefined);
  });

  it("is refused if its id or its number stands for something else", () => {
    const fixture = opened();
    fixture.submit(1, "c", j);
    const refused = [{ job: "j", why: "different" }];
    assert.deepEqual(toClients(fixture.submit(1, "c", { ...j, hash: "other" })), [
      { type: "refused", cluster: "c", jobs: refused },
    ]);
    fixture.open(2, "d");
    assert.deepEqual(toClients(fixture.submit(2, "d", j)), [
      { type: "refused", cluster: "d", jobs: refused },
    ]);
    assert.deepEqual(toClients(fixture.submit(1, "c", submitted("k", 0))), [
      { type: "refused", cluster: "c", jobs: [{ job: "k", why: "different" }] },
    ]);
  });

  it("is refused for want of room, by number or by bytes, until there is room again", () => {
    for (const bounds of [{ maxOpenJobs: 1 }, { maxOpenBytes: 15 }]) {
      const fixture = opened(bounds);
      const k = submitted("k", 1);
      const effects = fixture.submit(1, "c", j, k);
      assert.deepEqual(toClients(effects), [
        ...accepted,
        { type: "refused", cluster: "c", jobs: [{ job: "k", why: "quota" }] },
      ]);
      fixture.say(1, { type: "cancel", cluster: fixture.cluster("c").id, jobs: [j.job] });
      assert.deepEqual(toClients(fixture.submit(1, "c", k)), [
        { type: "accepted", cluster: "c", jobs: ["k"] },
      ]);
    }
  });

  it("is refused while the owner's clusters together have as many as they may", () => {
    const fixture = new SharedFixture({ maxOwnerJobs: 2 });
    fixture.open(1, "c");
    fixture.open(2, "d");
    fixture.submit(1, "c", j);
    const [k, l] = [submitted("k", 0), submitted("l", 1)];
    const refused = { type: "refused", cluster: "d", jobs: [{ job: "l", why: "quota" }] };
    assert.deepEqual(toClients(fixture.submit(2, "d", k, l)), [
      { type: "accepted", cluster: "d", jobs: ["k"] },
      refused,
    ]);
    // What was taken in stays so, and another owner has room of its own.
    assert.deepEqual(toClients(fixture.submit(2, "d", k)), [
      { type: "accepted", cluster: "d", jobs: ["k"] },
    ]);
    fixture.open(3, "e", {}, "another");
    assert.deepEqual(toClients(fixture.submit(3, "e", submitted("m", 0))), [
      { type: "accepted", cluster: "e", jobs: ["m"] },
    ]);
    fixture.restart();
    fixture.open(4, "d");
    assert.deepEqual(toClients(fixture.submit(4, "d", l)), [refused]);
    fixture.say(4, { type: "cancel", cluster: fixture.cluster("d").id, jobs: [k.job] });
    assert.deepEqual(toClients(fixture.submit(4, "d", l)), [
      { type: "accepted", cluster: "d", jobs: ["l"] },
    ]);
  });

  it("to a cluster that the client does not have changes nothing", () => {
    const fixture = opened();
    fixture.clientUp(2);
    assert.deepEqual(fixture.submit(2, "c", j), []);
  });
});
