import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeJson, renderNodes } from "../../../../lib/cli/nodes/nodes_table.ts";
import { readingOf } from "./readings.ts";

describe("renderNodes()", () => {
  it("lines up names to the left and numbers to the right", () => {
    assert.equal(
      renderNodes([readingOf(), readingOf({ name: "a-longer-name", roundTripMs: 12.34 })]),
      "NAME           ADDRESS        SLOTS  BUSY  FREE CPU  FREE MEMORY  VERSION  FINGERPRINT               ROUND TRIP\n" +
        "n1             10.0.0.7:7701      8     3      63 %       512 MB  0.1.0    822c-f2d7-678d-0b53-9226      1.3 ms\n" +
        "a-longer-name  10.0.0.7:7701      8     3      63 %       512 MB  0.1.0    822c-f2d7-678d-0b53-9226     12.3 ms\n",
    );
  });

  it("lets nothing that a node says act on the terminal", () => {
    const text = renderNodes([
      readingOf({ name: "a\u001b]0;title\u0007b\n\u202ec", version: "1\u001b[2J\u009b" }),
    ]);
    assert.equal(text.split("\n").length, 3);
    assert.match(text, /^[\x20-\x7e\n]+$/);
  });
});

describe("nodeJson()", () => {
  it("gives every figure as a number, with its unit in its name", () => {
    assert.deepEqual(nodeJson(readingOf({ name: "n\u001b[1m1" })), {
      name: "n1",
      address: "10.0.0.7:7701",
      slots: 8,
      busySlots: 3,
      freeCpu: 0.625,
      freeMemoryBytes: 512e6,
      totalMemoryBytes: 16e9,
      version: "0.1.0",
      runtime: "bun",
      runtimeVersion: "1.4.5",
      platform: "linux",
      arch: "x64",
      tags: ["gpu"],
      fingerprint: "822c-f2d7-678d-0b53-9226",
      instanceId: "00".repeat(16),
      roundTripMs: 1.26,
    });
  });
});
