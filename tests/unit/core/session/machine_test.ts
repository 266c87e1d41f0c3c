import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/session/machine.ts";
import type { NodeId } from "../../../../lib/proto/ids.ts";
import {
  cluster,
  ids,
  job,
  result,
  saidIn,
  SessionFixture,
  submittedIn,
  target,
} from "./fixture.ts";

describe("a session", () => {
  it("opens its cluster on every connection", () => {
    const fixture = new SessionFixture();
    assert.deepEqual(saidIn(fixture.step({ type: "linkUp", link: 1 })), [target]);
    fixture.disconnect();
    assert.deepEqual(saidIn(fixture.step({ type: "linkUp", link: 2 })), [target]);
  });

  it("attaches by name, and numbers its jobs after those that are there", () => {
    const attach = { type: "attach", name: "name" } as const;
    const fixture = new SessionFixture({ target: attach });
    fixture.submit("j");
    assert.deepEqual(saidIn(fixture.step({ type: "linkUp", link: 1 })), [attach]);
    assert.deepEqual(submittedIn(fixture.attach(2, [0, 6])), ["j:7"]);
  });

  it("does not listen to a link that is not its own any more", () => {
    const fixture = new SessionFixture();
    fixture.attach(1);
    fixture.attach(2);
    fixture.submit("j");
    const message = { type: "accepted", cluster, jobs: ids("j") } as const;
    assert.deepEqual(fixture.hear(message, 1), []);
    assert.deepEqual(fixture.step({ type: "linkDown", link: 1 }), []);
    assert.equal(fixture.state.attached, true);
  });

  it("tells the program what runs", () => {
    const fixture = new SessionFixture();
    fixture.attach(1);
    fixture.submit("j");
    const [j] = ids("j");
    assert.ok(j !== undefined);
    const node = "n" as NodeId;
    const running = { type: "running", job: j, node, attempt: 1, runningMs: 9 } as const;
    const effects = fixture.hear({ ...running, cluster });
    assert.deepEqual(effects, [running]);
  });

  it("ends when the cluster is not to be had, or is taken by another client", () => {
    for (
      const [why, told] of [["unknown", "unknown"], ["foreign", "foreign"], [
        "taken",
        "nameTaken",
      ]] as const
    ) {
      const fixture = new SessionFixture();
      fixture.step({ type: "linkUp", link: 1 });
      const effects = fixture.hear({ type: "unattached", cluster, name: "name", why });
      assert.deepEqual(effects, [{ type: "ended", why: told }]);
      assert.deepEqual(fixture.submit("j"), []);
    }
    const fixture = new SessionFixture();
    fixture.attach(1);
    const effects = fixture.hear({ type: "detached", cluster });
    assert.deepEqual(effects, [{ type: "ended", why: "taken" }]);
    assert.equal(nextWakeMs(fixture.state), undefined);
  });
});

describe("detach", () => {
  it("waits until every job is accepted", () => {
    const fixture = new SessionFixture();
    fixture.attach(1);
    fixture.submit("j");
    assert.deepEqual(fixture.step({ type: "detach" }), []);
    assert.deepEqual(saidIn(fixture.accepted("j")), [{ type: "detach", cluster }]);
    const effects = fixture.hear({ type: "detached", cluster });
    assert.deepEqual(effects, [{ type: "ended", why: "detached" }]);
  });

  it("is asked for again on the next connection", () => {
    const fixture = new SessionFixture();
    fixture.attach(1);
    fixture.step({ type: "detach" });
    fixture.disconnect();
    assert.deepEqual(saidIn(fixture.attach(2)), [{ type: "detach", cluster }]);
  });
});

describe("close", () => {
  it("is asked for until it is answered", () => {
    const fixture = new SessionFixture();
    fixture.attach(1);
    fixture.submit("j");
    const close = { type: "close", cluster } as const;
    assert.deepEqual(saidIn(fixture.step({ type: "close" })), [close]);
    fixture.disconnect();
    assert.deepEqual(saidIn(fixture.attach(2)), [close]);
    const effects = fixture.hear({ type: "closed", cluster });
    assert.deepEqual(effects, [{ type: "ended", why: "closed" }]);
  });

  it("outranks a detach that was asked for before", () => {
    const fixture = new SessionFixture();
    fixture.attach(1);
    fixture.step({ type: "detach" });
    assert.deepEqual(saidIn(fixture.step({ type: "close" })), [{ type: "close", cluster }]);
    assert.deepEqual(fixture.hear({ type: "detached", cluster }), []);
    const effects = fixture.hear({ type: "closed", cluster });
    assert.deepEqual(effects, [{ type: "ended", why: "closed" }]);
  });

  it("of a cluster that is not there any more is done", () => {
    const fixture = new SessionFixture({ target: { type: "attach", name: "name" } });
    fixture.step({ type: "close" });
    fixture.step({ type: "linkUp", link: 1 });
    const message = {
      type: "unattached",
      cluster: undefined,
      name: "name",
      why: "unknown",
    } as const;
    assert.deepEqual(fixture.hear(message), [{ type: "ended", why: "closed" }]);
  });
});

describe("a session of a program that was there before", () => {
  it("sends its jobs again, and does not deliver again", () => {
    const fixture = new SessionFixture({ jobs: [job("k")], delivered: [0, 0] });
    assert.deepEqual(submittedIn(fixture.attach(1, [0, 1])), ["k:2"]);
    const effects = fixture.results(result("j", 0), result("k", 1));
    assert.deepEqual(effects, [
      { type: "deliver", results: [result("k", 1)] },
      { type: "send", link: 1, message: { type: "ack", cluster, jobs: ids("j", "k") } },
    ]);
  });
});
