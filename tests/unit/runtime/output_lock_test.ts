import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OutputLock } from "../../../lib/runtime/output_lock.ts";

describe("OutputLock", () => {
  it("is free again after an action, also after one that throws", () => {
    const lock = new OutputLock();
    const other = new OutputLock(lock.buffer);
    const done: string[] = [];
    assert.throws(
      () =>
        lock.during(() => {
          throw new RangeError("inside");
        }),
      RangeError,
    );
    other.during(() => done.push("other"));
    lock.during(() => done.push("this"));
    assert.deepEqual(done, ["other", "this"]);
  });

  it("is taken while an action runs", () => {
    const lock = new OutputLock();
    const state = new Int32Array(lock.buffer);
    lock.during(() => assert.equal(state[0], 1));
    assert.equal(state[0], 0);
  });
});
