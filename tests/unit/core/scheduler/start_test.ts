import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SharedFixture } from "./shared_fixture.ts";

describe("the start of a shared scheduler", () => {
  it("raises the epoch, which is on record, and keeps the name that the journal has", () => {
    const fixture = new SharedFixture();
    assert.deepEqual(fixture.records, [{ type: "epoch", scheduler: "s", epoch: 1 }]);
    assert.deepEqual(fixture.restart(), [{
      type: "persist",
      records: [{ type: "epoch", scheduler: "s", epoch: 2 }],
    }]);
  });
});
