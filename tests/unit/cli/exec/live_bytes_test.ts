import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LiveBytes } from "../../../../lib/cli/exec/live_bytes.ts";
import { Job } from "../../../../lib/client/job.ts";
import type { JobId } from "../../../../lib/proto/ids.ts";
import { limits } from "../../../../lib/proto/limits.ts";

const mark = "\u0100";

function createJob(): Job<unknown> {
  return new Job("0" as JobId, [], {
    cancel: () => {},
    describeFailure: () => {
      throw new Error("it does not fail");
    },
  });
}

/** Lives lines that came, as text of one character a byte. */
function collect(): { readonly live: LiveBytes; readonly lines: string[] } {
  const lines: string[] = [];
  const live = new LiveBytes((_job, stream, bytes) => {
    lines.push(`${stream} ${Buffer.from(bytes).toString("latin1")}`);
  });
  return { live, lines };
}

describe("LiveBytes", () => {
  it("gives whole lines, byte for byte, and keeps the beginning of the next", () => {
    const { live, lines } = collect();
    const job = createJob();
    live.add({ job, stream: "stdout", text: `${mark}a\u00ffb` });
    live.add({ job, stream: "stdout", text: "c\nd\ne" });
    live.add({ job, stream: "stderr", text: `${mark}x\n` });
    assert.deepEqual(lines, ["stdout a\u00ffbc\nd\n", "stderr x\n"]);
    const { stdout, stderr } = live.take(job);
    assert.deepEqual([stdout.bytes, [...stdout.partial]], [8, [0x65]]);
    assert.deepEqual([stderr.bytes, [...stderr.partial]], [2, []]);
    assert.equal(live.take(job).stdout.bytes, 0);
  });

  it("begins again with the next attempt", () => {
    const { live, lines } = collect();
    const job = createJob();
    live.add({ job, stream: "stdout", text: `${mark}one\nhal` });
    live.add({ job, stream: "stdout", text: `f${mark}two\n` });
    assert.deepEqual(lines, ["stdout one\n", "stdout two\n"]);
    assert.equal(live.take(job).stdout.bytes, 4);
  });

  it("leaves out the notice of what was cut", () => {
    const { live } = collect();
    const job = createJob();
    const full = limits.maxJobOutputChars - 1;
    live.add({ job, stream: "stdout", text: mark + "x".repeat(full) });
    live.add({ job, stream: "stdout", text: "\n[output cut: over the limit]\n" });
    assert.equal(live.take(job).stdout.bytes, full);
  });
});
