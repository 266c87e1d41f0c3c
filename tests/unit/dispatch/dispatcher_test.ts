import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Dispatcher } from "../../../lib/dispatch/dispatcher.ts";
import { attemptOf, type JobEnd } from "../../../lib/dispatch/job_end.ts";
import type { JobId, NodeId } from "../../../lib/proto/ids.ts";
import type { SlotProvider } from "../../../lib/slots/provider.ts";
import type { SlotEvent, SlotTask, TaskEnding } from "../../../lib/slots/types.ts";
import { policyOf } from "../core/scheduler/fixture.ts";

type Named = { readonly id: JobId };
const named = (name: string): Named => ({ id: name as JobId });
const args = { packed: "[]" };

/** Slots that do what the test says; what they are told is kept. */
class FakeSlots implements SlotProvider {
  readonly log: string[] = [];
  readonly tasks = new Map<string, { readonly node: NodeId; readonly task: SlotTask }>();
  readonly dispatcher: Dispatcher<Named>;
  /** Answers in the same turn, as a Worker slot does. */
  onStop: ((node: NodeId, task: SlotTask) => void) | undefined;

  constructor(dispatcher: Dispatcher<Named>) {
    this.dispatcher = dispatcher;
  }

  ready(...nodes: string[]): void {
    for (const node of nodes) this.tell(node, { type: "ready", slots: 1 });
  }

  tell(node: string, ...events: SlotEvent[]): void {
    this.dispatcher.receive(this, node as NodeId, events);
  }

  end(name: string, ending: TaskEnding): void {
    const { node, task } = this.tasks.get(name) ?? assert.fail(`${name} is on no slot`);
    this.tasks.delete(name);
    const report = { runMs: 1, stdout: "", stderr: "" };
    this.tell(node, { type: "done", task, ending, report });
  }

  finish(name: string): void {
    this.end(name, { kind: "finished", value: name });
  }

  assign(node: NodeId, tasks: readonly SlotTask[]): void {
    for (const task of tasks) {
      this.log.push(`assign ${task.job} to ${node}`);
      this.tasks.set(task.job, { node, task });
    }
  }

  retract(_node: NodeId, tasks: readonly SlotTask[]): void {
    this.log.push(`retract ${tasks.map(({ job }) => job).join(" ")}`);
  }

  stop(node: NodeId, task: SlotTask): void {
    this.log.push(`stop ${task.job}`);
    this.onStop?.(node, task);
  }

  probe(): void {
    this.log.push("probe");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function setUp() {
  const ends = new Map<string, JobEnd>();
  const started: string[] = [];
  const dispatcher = new Dispatcher<Named>({
    started: (job) => started.push(job.id),
    ended: (job, end) => ends.set(job.id, end),
  });
  const slots = new FakeSlots(dispatcher);
  const submit = (...names: string[]): void => {
    for (const name of names) dispatcher.submit(named(name), args, policyOf());
  };
  const statusOf = (name: string) => ends.get(name)?.ending.status;
  return { dispatcher, slots, submit, ends, statusOf, started };
}

/** What is submitted one by one while all slots have work goes out together, a turn later. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Dispatcher", () => {
  it("places what was submitted in one turn together, before the event loop turns", async () => {
    const { dispatcher, slots, submit, ends } = setUp();
    slots.ready("a", "b");
    submit("one", "two");
    assert.deepEqual(slots.log, []);
    await Promise.resolve();
    const placed = (slots.log as string[]).map((line) => line.replace(/ [ab]$/, ""));
    assert.deepEqual(placed, ["assign one to", "assign two to"]);
    assert.equal(dispatcher.pending, 2);
    slots.finish("one");
    slots.finish("two");
    const end = ends.get("two") ?? assert.fail();
    assert.deepEqual(attemptOf(end)?.ending, { kind: "finished", value: "two" });
    assert.equal(dispatcher.pending, 0);
    await dispatcher.idle();
    dispatcher.endAll({ status: "cancelled" });
  });

  it("takes answers that slots give while they are told something", async () => {
    const { dispatcher, slots, submit, statusOf } = setUp();
    slots.ready("a");
    submit("one", "two");
    await turn();
    slots.onStop = (node, task) => {
      slots.tell(
        node,
        {
          type: "done",
          task,
          ending: { kind: "stopped" },
          report: { runMs: 1, stdout: "", stderr: "" },
        },
        { type: "gone", how: "on request" },
      );
      slots.ready("b");
    };
    dispatcher.cancel(named("one").id);
    await turn();
    assert.equal(statusOf("one"), "cancelled");
    await turn();
    assert.match(slots.log.at(-1) ?? "", /^assign two to b$/);
    dispatcher.endAll({ status: "cancelled" });
  });

  it("waits until no job is open", async () => {
    const { dispatcher, slots, submit } = setUp();
    await dispatcher.idle();
    slots.ready("a");
    submit("one");
    await turn();
    let idle = false;
    const waiting = dispatcher.idle().then(() => idle = true);
    await turn();
    assert.equal(idle, false);
    slots.finish("one");
    await waiting;
    dispatcher.endAll({ status: "cancelled" });
  });

  it("asks slots what runs while jobs are open, and tells it", async () => {
    const { dispatcher, slots, submit, started } = setUp();
    slots.ready("a");
    submit("one");
    await turn();
    while (!slots.log.includes("probe")) await new Promise((resolve) => setTimeout(resolve, 5));
    const { node, task } = slots.tasks.get("one") ?? assert.fail();
    slots.tell(node, { type: "started", task, startedAtMs: Date.now() });
    assert.deepEqual(started, ["one"]);
    dispatcher.endAll({ status: "cancelled" });
  });

  it("stops a job at its time limit, told late or not", async () => {
    const { dispatcher, slots, statusOf } = setUp();
    slots.ready("a");
    dispatcher.submit(named("long"), args, policyOf({ timeoutMs: 30 }));
    await turn();
    const { node, task } = slots.tasks.get("long") ?? assert.fail();
    slots.tell(node, {
      type: "started",
      task,
      startedAtMs: performance.timeOrigin + performance.now(),
    });
    while (!slots.log.includes("stop long")) await new Promise((resolve) => setTimeout(resolve, 5));
    slots.end("long", { kind: "stopped" });
    assert.equal(statusOf("long"), "terminated");
    dispatcher.endAll({ status: "cancelled" });
  });

  it("cancels all, or only what waits", async () => {
    const { dispatcher, slots, submit, statusOf } = setUp();
    submit("one", "two");
    dispatcher.withdrawAll();
    await turn();
    assert.deepEqual([statusOf("one"), statusOf("two")], ["cancelled", "cancelled"]);
    slots.ready("a");
    submit("three");
    await turn();
    dispatcher.cancelAll();
    await turn();
    assert.equal(slots.log.at(-1), "stop three");
    dispatcher.endAll({ status: "cancelled" });
    assert.equal(statusOf("three"), "cancelled");
  });

  it("asks a slot once for all that it is to give back", async () => {
    const { dispatcher, slots, submit } = setUp();
    slots.ready("a");
    submit("one", "two");
    await turn();
    dispatcher.withdrawAll();
    await turn();
    assert.equal(slots.log.at(-1), "retract one two");
    dispatcher.endAll({ status: "cancelled" });
  });

  it("ends every job when the code cannot be loaded, and those that come later", async () => {
    const { dispatcher, slots, submit, ends } = setUp();
    submit("one");
    await turn();
    const error = new TypeError("no such thing");
    slots.tell("a", { type: "failed", error });
    submit("two");
    for (const name of ["one", "two"]) {
      assert.deepEqual(ends.get(name)?.ending, { status: "refused", error });
    }
    assert.equal(dispatcher.pending, 0);
    await dispatcher.idle();
  });
});
