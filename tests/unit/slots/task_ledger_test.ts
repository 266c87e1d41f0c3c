import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { minParcelLength } from "../../../lib/proto/executor.ts";
import type { JobId } from "../../../lib/proto/ids.ts";
import { Claims } from "../../../lib/runtime/claims.ts";
import { refused, TaskLedger } from "../../../lib/slots/task_ledger.ts";
import type { SlotEvent, SlotTask } from "../../../lib/slots/types.ts";
import { packValue, unpackValue } from "../../../lib/wire/value.ts";

function taskOf(name: string, args: SlotTask["args"] = { packed: `["${name}"]` }): SlotTask {
  return { job: name as JobId, lease: 1, args, seq: -1 };
}

function told(events: readonly SlotEvent[]): string[] {
  return events.map((event) => {
    if (event.type === "done") return `${event.task.job} ${event.ending.kind}`;
    return "task" in event ? `${event.task.job} ${event.type}` : event.type;
  });
}

describe("TaskLedger", () => {
  it("numbers tasks and hands plain ones over as one text", () => {
    const ledger = new TaskLedger();
    const tasks = [taskOf("a"), taskOf("b")];
    assert.equal(ledger.add(tasks), '[0,["a"],["b"]]');
    assert.equal(ledger.add([taskOf("c")]), '[2,["c"]]');
    assert.deepEqual(tasks.map(({ seq }) => seq), [0, 1]);
    assert.equal(ledger.get(1), tasks[1]);
    assert.equal(ledger.isEmpty, false);
  });

  it("hands those with a memory limit over with it", () => {
    const limited = taskOf("a", { packed: '["a"]', memoryLimitBytes: 5 });
    assert.deepEqual(new TaskLedger().add([taskOf("b"), limited]), {
      type: "tasks",
      first: 0,
      args: ['["b"]', '["a"]'],
      memoryLimits: [0, 5],
    });
  });

  it("hands others over with their references", () => {
    const ledger = new TaskLedger();
    const packed = packValue([undefined]);
    const shared = new SharedArrayBuffer(1);
    const plain = taskOf("a");
    assert.deepEqual(ledger.add([plain, taskOf("b", { packed })]), {
      type: "tasks",
      first: 0,
      args: ['["a"]', packed],
    });
    assert.deepEqual(ledger.add([taskOf("c", { packed, references: [shared] }), taskOf("d")]), {
      type: "tasks",
      first: 2,
      args: [packed, '["d"]'],
      references: [[shared], []],
    });
  });

  it("puts no long text into the text of others", () => {
    const ledger = new TaskLedger();
    const long = JSON.stringify(["x".repeat(minParcelLength)]);
    assert.deepEqual(ledger.add([taskOf("a"), taskOf("b", { packed: long })]), {
      type: "tasks",
      first: 0,
      args: ['["a"]', long],
    });
  });

  it("turns results into events, each once", () => {
    const ledger = new TaskLedger();
    ledger.add([taskOf("a"), taskOf("b"), taskOf("c")]);
    const [first] = ledger.settle('[0,1.5,{"x":1},9,0,null]');
    assert.ok(first?.type === "done" && first.ending.kind === "finished");
    assert.deepEqual([first.ending.value, first.report.runMs], [{ x: 1 }, 1.5]);
    assert.deepEqual(ledger.settle("[0,1,2]"), []);
    const error = packValue(new RangeError("no"));
    const [second] = ledger.settle({
      type: "results",
      results: [{ seq: 1, ok: false, value: error, runMs: 2, stdout: "out" }],
    });
    assert.ok(second?.type === "done" && second.ending.kind === "threw");
    assert.ok(unpackValue(second.ending.packed) instanceof RangeError);
    assert.equal(second.report.stdout, "out");
    assert.deepEqual(told(ledger.endAll(undefined, { kind: "stopped" })), ["c returned"]);
    assert.equal(ledger.isEmpty, true);
  });

  it("blames what ran and gives the others back, the youngest first", () => {
    const ledger = new TaskLedger();
    ledger.add(["a", "b", "c", "d"].map((name) => taskOf(name)));
    ledger.settle("[0,1,1]");
    const events = ledger.endAll(1, { kind: "crashed", how: "by falling over" }, {
      runMs: 7,
      stdout: "last",
    });
    assert.deepEqual(told(events), ["b crashed", "d returned", "c returned"]);
    const [crash] = events;
    assert.ok(crash?.type === "done");
    assert.deepEqual(crash.report, { runMs: 7, stdout: "last", stderr: "" });
    assert.deepEqual(ledger.endAll(1, { kind: "stopped" }), []);
  });

  it("gives a task back once", () => {
    const ledger = new TaskLedger();
    const task = taskOf("a");
    ledger.add([task]);
    assert.deepEqual(ledger.seqsOf([task, taskOf("b")]), [0]);
    assert.deepEqual(told(ledger.giveBack([0, 1])), ["a returned"]);
    assert.deepEqual(ledger.giveBack([0]), []);
    assert.deepEqual(ledger.seqsOf([task]), []);
    assert.deepEqual(told(refused([task])), ["a returned"]);
  });

  it("takes no more than can be told apart, counted from the oldest", () => {
    const ledger = new TaskLedger();
    const [oldest = assert.fail()] = [taskOf("oldest")];
    ledger.add([oldest]);
    for (let count = 1; count < Claims.capacity; count += 1) {
      const task = taskOf("t");
      ledger.add([task]);
      ledger.giveBack([task.seq]);
    }
    assert.equal(ledger.hasRoomFor(1), false);
    ledger.giveBack([oldest.seq]);
    assert.equal(ledger.hasRoomFor(Claims.capacity), true);
    assert.equal(ledger.hasRoomFor(Claims.capacity + 1), false);
  });
});
