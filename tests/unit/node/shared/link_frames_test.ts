import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leaseKey } from "../../../../lib/core/shared/lease_key.ts";
import { longFrameBytes } from "../../../../lib/net/outflow.ts";
import { framesOf } from "../../../../lib/node/shared/link_frames.ts";
import type { JobId } from "../../../../lib/proto/ids.ts";
import type { LeaseEnd } from "../../../../lib/proto/scheduler_messages.ts";
import { decodeFromNode } from "../../../../lib/wire/scheduler_node_codec.ts";

function end(number: number, detailBytes: number): LeaseEnd {
  const job = number.toString(16).padStart(32, "0") as JobId;
  const outcome = { kind: "finished", detail: new Uint8Array(detailBytes) } as const;
  return { job, lease: 1, epoch: 2, outcome, runMs: 1 };
}

/** How many ends each frame holds; long ones as what they are about. */
function shapeOf(ends: readonly LeaseEnd[]): (number | string)[] {
  return [...framesOf({ type: "done", ends })].map((frame) => {
    const bytes = frame instanceof Uint8Array ? frame : frame.encode();
    assert.ok(bytes !== undefined && bytes.length < 2 * 1024 * 1024);
    const message = decodeFromNode(bytes);
    assert.equal(message.type, "done");
    if (!(frame instanceof Uint8Array)) return frame.about;
    return message.type === "done" ? message.ends.length : 0;
  });
}

describe("frames of a node", () => {
  it("hold many short ends, and each long one alone", () => {
    const ends = [end(1, 10), end(2, longFrameBytes), end(3, 20)];
    const [, long] = ends;
    assert.deepEqual(shapeOf(ends), [long && leaseKey(long), 2]);
  });

  it("hold no more than a message may, however much an outbox has to tell", () => {
    const medium = Array.from({ length: 2000 }, (_, index) => end(index, longFrameBytes - 1));
    assert.equal(shapeOf(medium).length, 400);
    const short = Array.from({ length: 3000 }, (_, index) => end(index, 0));
    assert.deepEqual(shapeOf(short), [1024, 1024, 952]);
  });
});
