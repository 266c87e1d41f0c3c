import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assigned } from "./fixture.ts";

describe("a node", () => {
  it("announced twice is one node", () => {
    const fixture = assigned();
    assert.deepEqual(fixture.nodeUp("a", 5), []);
    assert.equal(fixture.node("a").slots, 1);
  });

  it("that is not known may go down without effect", () => {
    assert.deepEqual(assigned().nodeDown("b"), []);
  });
});
