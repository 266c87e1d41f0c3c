import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ids, result, saidIn, SessionFixture } from "./fixture.ts";

describe("a step of a client", () => {
  it("delivers and acknowledges many results at once", () => {
    const fixture = new SessionFixture();
    fixture.attach(1);
    fixture.submit("j", "k");
    const effects = fixture.results(result("j", 0), result("k", 1));
    assert.deepEqual(effects.map(({ type }) => type), ["deliver", "send"]);
    assert.deepEqual(saidIn(effects), [{ type: "ack", cluster: "c", jobs: ids("j", "k") }]);
  });
});
