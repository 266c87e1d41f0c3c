import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobEnd } from "../../../lib/dispatch/job_end.ts";
import { ResultOutbox } from "../../../lib/node/result_outbox.ts";
import { minParcelLength, type TaskResult } from "../../../lib/proto/executor.ts";
import type { NodeToClient } from "../../../lib/proto/node_messages.ts";
import type { NodeId } from "../../../lib/proto/ids.ts";
import type { TaskEnding } from "../../../lib/slots/types.ts";

const node = "local:0" as NodeId;

function ended(ending: TaskEnding, printed: { stdout?: string } = {}): JobEnd {
  const report = { runMs: 2, stdout: "", stderr: "", ...printed };
  const detail = { ending, report };
  const common = { node, attempt: 1, runMs: 2 };
  if (ending.kind === "finished") return { ...common, ending: { status: "finished", detail } };
  return { ...common, ending: { status: "terminated", reason: "threw", detail } };
}

async function messagesOf(fill: (outbox: ResultOutbox) => void): Promise<NodeToClient[]> {
  const sent: NodeToClient[] = [];
  fill(new ResultOutbox((message) => sent.push(message), () => assert.fail("none is long")));
  assert.deepEqual(sent, [], "nothing is sent before the turn ends");
  await Promise.resolve();
  return sent;
}

describe("ResultOutbox", () => {
  it("tells plain results of one turn in one text", async () => {
    const sent = await messagesOf((outbox) => {
      outbox.addEnd(1, ended({ kind: "finished", value: { a: 1 } }));
      outbox.addEnd(2, ended({ kind: "finished", value: null }));
    });
    assert.deepEqual(sent, [{ type: "results", batch: '[1,2,{"a":1},2,2,null]' }]);
  });

  it("passes on what is packed, what was thrown and what was printed", async () => {
    const packed = Uint8Array.of(246);
    const sent = await messagesOf((outbox) => {
      outbox.addEnd(1, ended({ kind: "finished", value: undefined, packed }));
      outbox.addEnd(2, ended({ kind: "threw", packed: "1" }));
      outbox.addEnd(3, ended({ kind: "finished", value: 7 }, { stdout: "hi\n" }));
    });
    const results = [
      { seq: 1, ok: true, value: packed, runMs: 2, stdout: "", stderr: "" },
      { seq: 2, ok: false, value: "1", runMs: 2, stdout: "", stderr: "" },
      { seq: 3, ok: true, value: "7", runMs: 2, stdout: "hi\n", stderr: "" },
    ];
    assert.deepEqual(sent, [{ type: "results", batch: { type: "results", results } }]);
  });

  it("passes on by itself, at once, what is long or was printed at length", () => {
    const long: TaskResult[] = [];
    const outbox = new ResultOutbox(() => {}, (result) => long.push(result));
    const parcel = { isText: true, bytes: new Uint8Array(minParcelLength) };
    const stdout = "x".repeat(minParcelLength);
    outbox.addEnd(1, ended({ kind: "finished", value: undefined, packed: parcel }));
    outbox.addEnd(2, ended({ kind: "threw", packed: parcel }));
    outbox.addEnd(3, ended({ kind: "finished", value: 7 }, { stdout }));
    assert.deepEqual(long, [
      { seq: 1, ok: true, value: parcel, runMs: 2, stdout: "", stderr: "" },
      { seq: 2, ok: false, value: parcel, runMs: 2, stdout: "", stderr: "" },
      { seq: 3, ok: true, value: "7", runMs: 2, stdout, stderr: "" },
    ]);
  });

  it("tells apart what was stopped, what crashed and what never began", async () => {
    const sent = await messagesOf((outbox) => {
      outbox.addEnd(1, { ending: { status: "cancelled" }, node, attempt: 1, runMs: 3 });
      outbox.addEnd(2, ended({ kind: "crashed", how: "with exit code 3" }));
      outbox.addEnd(3, { ending: { status: "cancelled" }, node: undefined, attempt: 0, runMs: 0 });
      outbox.addRunning({ seq: 4, runningMs: 5 });
    });
    assert.deepEqual(sent, [
      {
        type: "ended",
        endings: [
          { seq: 1, runMs: 3, how: undefined, stdout: "", stderr: "" },
          { seq: 2, runMs: 2, how: "with exit code 3", stdout: "", stderr: "" },
        ],
      },
      { type: "returned", seqs: [3] },
      { type: "running", tasks: [{ seq: 4, runningMs: 5 }] },
    ]);
  });
});
