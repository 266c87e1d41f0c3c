import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { describe, it } from "node:test";
import { residentBytes } from "../../../lib/runtime/resident_memory.ts";

describe("residentBytes()", () => {
  it("is about what the runtime says of itself", () => {
    const ratio = residentBytes() / process.memoryUsage.rss();
    assert.ok(ratio > 0.5 && ratio < 2, String(ratio));
  });

  it("counts the processes it started, and theirs", {
    skip: process.platform !== "linux" && "only Linux tells who started whom",
  }, async () => {
    const ofChildren = (): number => residentBytes() - process.memoryUsage.rss();
    // `sort` keeps all that it reads, here a line of 150 MB.
    const command =
      "(head -c 150000000 /dev/zero | tr '\\0' x; echo; echo ready >&2; sleep 60) | sort";
    const child = spawn("sh", ["-c", command], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      await once(child.stderr, "data");
      const deadline = performance.now() + 20_000;
      while (ofChildren() < 140e6 && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.ok(ofChildren() >= 140e6, String(ofChildren()));
    } finally {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    }
    await once(child, "exit");
  });
});
