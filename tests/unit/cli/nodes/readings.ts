import type { NodeReading } from "../../../../lib/client/node_probe.ts";

/** A node as it was read, with what is told otherwise. */
export function readingOf(
  changes: {
    readonly name?: string;
    readonly version?: string;
    readonly clockAheadMs?: number;
    readonly roundTripMs?: number;
  } = {},
): NodeReading {
  const { name = "n1", version = "0.1.0", clockAheadMs = 0, roundTripMs = 1.26 } = changes;
  return {
    peer: {
      role: "node",
      name,
      hostKey: new Uint8Array(32),
      fingerprint: "822c-f2d7-678d-0b53-9226",
      instanceId: "00".repeat(16),
      address: "10.0.0.7:7701",
    },
    facts: {
      slots: 8,
      runtime: "bun",
      runtimeVersion: "1.4.5",
      platform: "linux",
      arch: "x64",
      version,
      tags: ["gpu"],
    },
    status: {
      busySlots: 3,
      freeCpu: 0.625,
      freeMemoryBytes: 512e6,
      totalMemoryBytes: 16e9,
      clockMs: 0,
    },
    roundTripMs,
    clockAheadMs,
  };
}
