import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/session/machine.ts";
import { cluster, ids, result, saidIn, SessionFixture, submittedIn } from "./fixture.ts";

const [j] = ids("j");

function attached(...names: string[]): SessionFixture {
  const fixture = new SessionFixture();
  fixture.attach(1);
  fixture.submit(...names);
  return fixture;
}

/** A refusal for want of room. */
function quota(fixture: SessionFixture, name: string) {
  const [job] = ids(name);
  assert.ok(job !== undefined);
  return fixture.hear({ type: "refused", cluster, jobs: [{ job, why: "quota" }] });
}

describe("a job", () => {
  it("is sent once it can be, and once", () => {
    const fixture = new SessionFixture();
    assert.deepEqual(fixture.submit("j", "j"), []);
    assert.deepEqual(submittedIn(fixture.attach(1)), ["j:0"]);
    assert.deepEqual(submittedIn(fixture.submit("j", "k")), ["k:1"]);
  });

  it("is sent again on the next connection with the same number, until it is accepted", () => {
    const fixture = attached("j", "k");
    assert.deepEqual(fixture.accepted("k"), [{ type: "accepted", jobs: ids("k") }]);
    fixture.disconnect();
    assert.deepEqual(submittedIn(fixture.attach(2, [1, 1])), ["j:0"]);
    assert.deepEqual(fixture.accepted("k"), []);
  });

  it("that was accepted is sent again if the scheduler does not know it any more", () => {
    const fixture = attached("j");
    fixture.accepted("j");
    fixture.disconnect();
    assert.deepEqual(submittedIn(fixture.attach(2)), ["j:0"]);
  });

  it("whose result has expired fails", () => {
    const fixture = attached("j");
    fixture.accepted("j");
    fixture.disconnect();
    const effects = fixture.attach(2, [0, 0], [0, 0]);
    assert.deepEqual(effects.slice(1), [{ type: "failed", job: j, why: "expired" }]);
  });

  it("whose id was used for something else fails", () => {
    const fixture = attached("j");
    assert.ok(j !== undefined);
    const effects = fixture.hear({
      type: "refused",
      cluster,
      jobs: [{ job: j, why: "different" }],
    });
    assert.deepEqual(effects, [{ type: "failed", job: j, why: "different" }]);
    assert.equal(fixture.state.jobs.size, 0);
  });

  it("is held back while as many as may be are unanswered", () => {
    const fixture = new SessionFixture({ submitWindow: 2 });
    fixture.attach(1);
    assert.deepEqual(submittedIn(fixture.submit("j", "k", "l")), ["j:0", "k:1"]);
    assert.deepEqual(submittedIn(fixture.accepted("j")), ["l:2"]);
  });
});

describe("a job that was refused for want of room", () => {
  it("is sent again after a while", () => {
    const fixture = attached("j");
    quota(fixture, "j");
    assert.equal(nextWakeMs(fixture.state), 50);
    fixture.nowMs = 50;
    assert.deepEqual(submittedIn(fixture.step({ type: "tick" })), ["j:0"]);
    assert.equal(nextWakeMs(fixture.state), undefined);
  });

  it("is sent again when a result has made room", () => {
    const fixture = attached("j", "k");
    quota(fixture, "k");
    assert.deepEqual(submittedIn(fixture.results(result("j", 0))), ["k:1"]);
  });
});

describe("a result", () => {
  it("is delivered once and acknowledged each time, after it was delivered", () => {
    const fixture = attached("j");
    const ack = { type: "send", link: 1, message: { type: "ack", cluster, jobs: ids("j") } };
    const one = result("j", 0);
    assert.deepEqual(fixture.results(one), [{ type: "deliver", results: [one] }, ack]);
    assert.deepEqual(fixture.results(one), [ack]);
  });

  it("may be that of a job which another client has submitted", () => {
    const fixture = attached();
    const one = result("foreign", 4);
    assert.deepEqual(fixture.results(one)[0], { type: "deliver", results: [one] });
  });
});

describe("a cancel", () => {
  it("of a job that was never sent ends it here", () => {
    const fixture = new SessionFixture();
    fixture.submit("j");
    assert.ok(j !== undefined);
    const effects = fixture.step({ type: "cancel", job: j });
    assert.deepEqual(effects, [{ type: "failed", job: j, why: "cancelled" }]);
    assert.deepEqual(submittedIn(fixture.attach(1)), []);
  });

  it("is said again on the next connection, after the submit if that is repeated", () => {
    const fixture = attached("j", "k");
    fixture.accepted("k");
    const [first, second] = ids("j", "k");
    assert.ok(first !== undefined && second !== undefined);
    const said = saidIn(
      fixture.step({ type: "cancel", job: first }, { type: "withdraw", job: second }),
    );
    assert.deepEqual(said, [
      { type: "cancel", cluster, jobs: ids("j") },
      { type: "withdraw", cluster, jobs: ids("k") },
    ]);
    fixture.disconnect();
    const again = saidIn(fixture.attach(2, [1, 1])).map(({ type }) => type);
    assert.deepEqual(again, ["submit", "cancel", "withdraw"]);
  });

  it("outranks a withdrawal", () => {
    const fixture = attached("j");
    assert.ok(j !== undefined);
    fixture.step({ type: "withdraw", job: j });
    assert.deepEqual(saidIn(fixture.step({ type: "cancel", job: j })), [
      { type: "cancel", cluster, jobs: ids("j") },
    ]);
    assert.deepEqual(saidIn(fixture.step({ type: "withdraw", job: j })), []);
  });
});
