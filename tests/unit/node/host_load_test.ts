import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HostLoadMeter } from "../../../lib/node/host_load.ts";

describe("HostLoadMeter", () => {
  it("gives parts and bytes that can be", () => {
    using meter = new HostLoadMeter();
    const { freeCpu, freeMemoryBytes, totalMemoryBytes } = meter.read();
    assert.ok(freeCpu >= 0 && freeCpu <= 1, String(freeCpu));
    assert.ok(freeMemoryBytes > 0 && freeMemoryBytes <= totalMemoryBytes);
    assert.ok(Number.isInteger(freeMemoryBytes) && Number.isInteger(totalMemoryBytes));
  });
});
