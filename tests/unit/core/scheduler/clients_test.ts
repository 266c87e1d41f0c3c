import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  clusterId,
  computation,
  deliveredIn,
  leaseIn,
  plainOptions,
  recordsIn,
  SharedFixture,
  submitted,
  toClients,
} from "./shared_fixture.ts";

const c = clusterId("c");
const open = (name = "c", cluster = c) =>
  ({ type: "open", cluster, name, computation, options: plainOptions }) as const;

/** Cluster "c" has a finished job "j" whose result was sent, and "k", which waits. */
function withResult(): SharedFixture {
  const fixture = new SharedFixture();
  fixture.open(1, "c");
  fixture.nodeUp("a", 10);
  fixture.done("a", 10, leaseIn(fixture.submit(1, "c", submitted("j", 0))));
  fixture.nodeLinkDown("a", 10);
  fixture.submit(1, "c", submitted("k", 1));
  return fixture;
}

describe("a client", () => {
  it("opens a cluster, which is on record", () => {
    const fixture = new SharedFixture();
    const effects = fixture.open(1, "c");
    assert.deepEqual(recordsIn(effects), ["opened"]);
    assert.deepEqual(toClients(effects), [{
      type: "attached",
      cluster: "c",
      name: "c",
      computation: "code",
      epoch: 1,
      known: [],
      forgotten: [],
    }]);
  });

  it("gets what it has not acknowledged when it comes back, by id or by name", () => {
    for (const message of [open(), { type: "attach", name: "c" }] as const) {
      const fixture = withResult();
      fixture.step({ type: "clientDown", link: 1 });
      fixture.clientUp(2);
      const effects = fixture.say(2, message);
      const [attached] = toClients(effects);
      assert.deepEqual(attached?.type === "attached" && attached.known, [0, 1]);
      assert.deepEqual(deliveredIn(effects), ["j"]);
    }
  });

  it("takes a cluster from the client that had it", () => {
    const fixture = withResult();
    fixture.clientUp(2);
    const messages = fixture.say(2, open()).filter((effect) => effect.type === "toClient");
    assert.deepEqual(messages.map(({ link, message }) => [link, message.type]), [
      [1, "detached"],
      [2, "attached"],
    ]);
    assert.deepEqual(fixture.ack(1, "c", "j"), []);
  });

  it("does not take a cluster with a connection that is older than that of the client which has it", () => {
    const fixture = new SharedFixture();
    fixture.clientUp(1);
    fixture.open(2, "c");
    const effects = fixture.say(1, open());
    assert.deepEqual(toClients(effects), [{ type: "detached", cluster: "c" }]);
    assert.equal(fixture.cluster("c").shared.link, 2);
  });

  it("cannot see the clusters of another owner", () => {
    const fixture = withResult();
    fixture.clientUp(2, "somebody else");
    const refusals = [open(), { type: "attach", name: "c" } as const].map((message) =>
      toClients(fixture.say(2, message))
    );
    assert.deepEqual(refusals, [
      [{ type: "unattached", cluster: "c", name: "c", why: "foreign" }],
      [{ type: "unattached", cluster: undefined, name: "c", why: "unknown" }],
    ]);
    fixture.say(2, { type: "close", cluster: c });
    assert.equal(fixture.state.clusters.size, 1);
  });

  it("cannot give two clusters one name, but may leave both without", () => {
    const fixture = withResult();
    const [refusal] = toClients(fixture.say(1, open("c", clusterId("d"))));
    assert.deepEqual(refusal, { type: "unattached", cluster: "d", name: "c", why: "taken" });
    for (const id of ["d", "e"]) fixture.say(1, open("", clusterId(id)));
    assert.equal(fixture.state.clusters.size, 3);
  });

  it("leaves, and its jobs go on", () => {
    const fixture = withResult();
    const effects = fixture.say(1, { type: "detach", cluster: c });
    assert.deepEqual(toClients(effects), [{ type: "detached", cluster: "c" }]);
    assert.equal(fixture.phaseOf("k"), "queued");
  });

  it("cancels and withdraws its own jobs only", () => {
    const fixture = withResult();
    fixture.open(2, "d");
    const jobs = [submitted("k", 1).job];
    fixture.say(2, { type: "cancel", cluster: clusterId("d"), jobs });
    assert.equal(fixture.phaseOf("k"), "queued");
    const effects = fixture.say(1, { type: "withdraw", cluster: c, jobs });
    assert.deepEqual([recordsIn(effects), deliveredIn(effects)], [["settled"], ["k"]]);
  });

  it("that was never announced is not heard", () => {
    assert.deepEqual(new SharedFixture().say(7, open()), []);
  });
});
