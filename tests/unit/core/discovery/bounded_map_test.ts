import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BoundedMap } from "../../../../lib/core/discovery/bounded_map.ts";

describe("BoundedMap", () => {
  it("forgets what was set longest ago", () => {
    const map = new BoundedMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    map.set("c", 4);
    assert.deepEqual([map.get("a"), map.get("b"), map.get("c"), map.size], [3, undefined, 4, 2]);
  });
});
