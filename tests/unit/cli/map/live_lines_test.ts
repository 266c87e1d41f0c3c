import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LiveLines } from "../../../../lib/cli/map/live_lines.ts";
import type { Job } from "../../../../lib/client/job.ts";

/** Of a job it needs no more than its end. */
function jobOf(ended: Promise<void>): Job<unknown> {
  return { settled: () => ended } as Partial<Job<unknown>> as Job<unknown>;
}

describe("LiveLines", () => {
  it("shows whole lines of each job and stream, and at the end what has no end", async () => {
    const shown: string[] = [];
    const lines = new LiveLines((text) => shown.push(text));
    const end = Promise.withResolvers<void>();
    const [first, second] = [jobOf(end.promise), jobOf(new Promise(() => {}))];
    lines.add({ job: first, stream: "stdout", text: "a" });
    lines.add({ job: second, stream: "stdout", text: "second\n" });
    lines.add({ job: first, stream: "stderr", text: "wrong" });
    lines.add({ job: first, stream: "stdout", text: "b\nc\nd" });
    assert.deepEqual(shown, ["second", "ab\nc"]);
    end.resolve();
    await end.promise;
    await Promise.resolve();
    assert.deepEqual(shown.slice(2), ["d", "wrong"]);
  });
});
