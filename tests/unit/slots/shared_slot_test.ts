import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobId } from "../../../lib/proto/ids.ts";
import { SharedSlot } from "../../../lib/slots/shared_slot.ts";
import type { SlotEvent, SlotTask } from "../../../lib/slots/types.ts";

function taskOf(name: string, args: Partial<SlotTask["args"]> = {}): SlotTask {
  return { job: name as JobId, lease: 1, args: { packed: `["${name}"]`, ...args }, seq: -1 };
}

function setUp(stopsBusyWorkers = true) {
  const sent: unknown[] = [];
  const events: SlotEvent[] = [];
  const slot = new SharedSlot((list) => events.push(...list), {
    sendText: (text) => sent.push(text),
    send: (request) => sent.push(request),
    stopsBusyWorkers,
    close: () => sent.push("close"),
  });
  const told = (): string[] =>
    events.splice(0).map((event) => {
      if (event.type === "done") return `${event.task.job} ${event.ending.kind}`;
      return "task" in event ? `${event.task.job} ${event.type}` : event.type;
    });
  return { slot, sent, told };
}

describe("SharedSlot", () => {
  it("hands tasks over as text, but for those with a memory limit, which it refuses", () => {
    const { slot, sent, told } = setUp();
    slot.assign([taskOf("a"), taskOf("big", { memoryLimitBytes: 5 }), taskOf("b")]);
    assert.deepEqual(told(), ["big threw"]);
    assert.deepEqual(sent, ['[0,["a"],["b"]]']);
    slot.settle("[0,1,2]");
    assert.deepEqual(told(), ["a finished"]);
  });

  it("blames nobody when its process is lost, and one task when that was killed for it", () => {
    for (const [stopped, expected] of [[undefined, "a returned"], [0, "a stopped"]] as const) {
      const { slot, told } = setUp();
      slot.assign([taskOf("a"), taskOf("b")]);
      slot.lose(
        "with signal SIGKILL",
        stopped === undefined ? undefined : { seq: 0, startedAtMs: 1 },
      );
      assert.deepEqual(told().sort(), [expected, "b returned", "gone"].sort());
    }
  });

  it("has the Worker of a running task ended, and the process where that takes too long", async () => {
    for (const stopsBusyWorkers of [true, false]) {
      const { slot, sent } = setUp(stopsBusyWorkers);
      const task = taskOf("a");
      slot.assign([task]);
      slot.stop(task);
      slot.receive({ slot: 0, type: "begun", seq: 0, running: true, startedAtMs: 1 });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const requests = sent.slice(1);
      const expected = [{ type: "retract", seqs: [0] }, { type: "stop", seq: 0 }];
      assert.deepEqual(
        requests,
        stopsBusyWorkers ? expected : [...expected, { type: "kill", seq: 0 }],
      );
    }
  });
});
