import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Claims } from "../../../lib/runtime/claims.ts";
import { MemoryWatch, readExcess, writeExcess } from "../../../lib/runtime/memory_watch.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

const limitBytes = 800;

/** A process of 50 bytes, whose jobs have a limit of 800. */
function setUp() {
  const claims = new Claims();
  const state = { bytes: 50, onMeasure: () => {} };
  const watch = new MemoryWatch(claims, () => {
    state.onMeasure();
    return state.bytes;
  });
  return { claims, state, watch };
}

describe("MemoryWatch", () => {
  it("says nothing of jobs within their limit, or without one, or when none runs", () => {
    const { claims, state, watch } = setUp();
    state.bytes = 5000;
    assert.equal(watch.look(), undefined);
    claims.begin(0, 1);
    assert.equal(watch.look(), undefined);
    state.bytes = 800;
    claims.begin(1, 1, limitBytes);
    assert.equal(watch.look(), undefined);
  });

  it("blames the first job of a process, however soon it is over its limit", () => {
    const { claims, state, watch } = setUp();
    claims.begin(7, 1, limitBytes);
    state.bytes = 801;
    assert.deepEqual(watch.look(), { seq: 7, limitBytes, isOwn: true });
  });

  it("blames a later one only if the process was small when it was first seen", () => {
    for (const [leftBytes, isOwn] of [[100, true], [101, false]] as const) {
      const { claims, state, watch } = setUp();
      claims.begin(0, 1, limitBytes);
      claims.begin(1, 1, limitBytes);
      state.bytes = 50 + leftBytes;
      assert.equal(watch.look(), undefined);
      state.bytes = 900;
      assert.deepEqual(watch.look(), { seq: 1, limitBytes, isOwn });
    }
  });

  it("says nothing of a job that ends while it is measured", () => {
    const { claims, state, watch } = setUp();
    claims.begin(0, 1, limitBytes);
    state.bytes = 900;
    state.onMeasure = () => claims.begin(1, 1, limitBytes);
    assert.equal(watch.look(), undefined);
  });

  it("leaves word for the host", async () => {
    await inTempFolder((folder) => {
      const path = `${folder}/slot.seq`;
      assert.equal(readExcess(path), undefined);
      const excess = { seq: 3, limitBytes, isOwn: true };
      writeExcess(path, excess);
      assert.deepEqual(readExcess(path), excess);
      return Promise.resolve();
    });
  });
});
