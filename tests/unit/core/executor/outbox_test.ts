import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Outbox } from "../../../../lib/core/executor/outbox.ts";
import { end, lease } from "./fixture.ts";

const [j, k] = [lease("j"), lease("k")];

describe("Outbox", () => {
  it("keeps ends in their order until they are removed, and says which are on disk", () => {
    const outbox = new Outbox([end(j)]);
    outbox.add(end(k), 5, false);
    assert.deepEqual(outbox.ends, [end(j), end(k)]);
    assert.deepEqual([outbox.remove(j), outbox.remove(k), outbox.remove(k)], [true, false, false]);
    assert.deepEqual([outbox.size, outbox.has(j)], [0, false]);
  });

  it("gives what is not on disk once, when it is old enough", () => {
    const outbox = new Outbox([]);
    outbox.add(end(j), 5, false);
    outbox.add(end(k), 6, false);
    assert.deepEqual(outbox.takeUnsaved(14, 10), []);
    assert.deepEqual(outbox.takeUnsaved(15, 10), [end(j)]);
    assert.equal(outbox.unsavedSinceMs, 6);
    outbox.remove(k);
    assert.equal(outbox.unsavedSinceMs, undefined);
    assert.deepEqual(outbox.takeUnsaved(100, 10), []);
  });
});
