import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextWakeMs } from "../../../../lib/core/discovery/machine.ts";
import { createDiscoveryState, placeKey } from "../../../../lib/core/discovery/state.ts";

describe("the state of discovery", () => {
  it("begins with nobody and nothing to do", () => {
    const options = { instance: "i", hostKey: "k", ownDaemons: false, seed: 1 };
    const state = createDiscoveryState({ as: "daemon", ...options });
    assert.equal(state.members.size, 0);
    assert.equal(nextWakeMs(state), undefined);
  });

  it("tells places apart", () => {
    const places = [["10.0.0.1", 1], ["10.0.0.1", 11], ["10.0.0.11", 1], ["fd00::1", 1]] as const;
    const keys = new Set(places.map(([address, port]) => placeKey({ address, port })));
    assert.equal(keys.size, places.length);
  });
});
