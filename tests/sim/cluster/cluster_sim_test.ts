import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulateCluster } from "./cluster_simulation.ts";

describe("the simulation of client, scheduler and node", () => {
  it("loses nothing in 150 runs", () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      assert.equal(simulateCluster(seed).violation?.message, undefined, `seed ${seed}`);
    }
  });
});
