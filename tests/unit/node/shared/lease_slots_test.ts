import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobEnd } from "../../../../lib/dispatch/job_end.ts";
import type {
  LeaseJob,
  Runner,
  RunnerListener,
} from "../../../../lib/node/shared/computation_runner.ts";
import { LeaseSlots, type LeaseTask } from "../../../../lib/node/shared/lease_slots.ts";
import type { Code } from "../../../../lib/proto/executor.ts";
import type { ComputationId, JobId } from "../../../../lib/proto/ids.ts";
import type { LeaseRef } from "../../../../lib/proto/jobs.ts";

/** A runner whose attempts end when the test says so; slots are busy in the order in which leases came. */
class FakeRunner implements Runner {
  slots = 0;
  readonly jobs: string[] = [];
  readonly asked: string[] = [];
  isClosed = false;
  readonly #listener: RunnerListener;

  constructor(listener: RunnerListener) {
    this.#listener = listener;
  }

  get open(): number {
    return this.jobs.length;
  }

  submit(id: string): void {
    this.jobs.push(id);
  }

  retract(id: string): void {
    this.asked.push(`retract ${id}`);
  }

  stop(id: string): void {
    this.asked.push(`stop ${id}`);
  }

  grow(slots: number): void {
    this.slots += slots;
  }

  shrink(slots: number): number {
    const idle = Math.min(slots, Math.max(0, this.slots - this.jobs.length));
    this.slots -= idle;
    return idle;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  /** Ends the oldest attempt. */
  finish(end: JobEnd = finished): void {
    const id = this.jobs.shift();
    assert.ok(id !== undefined, "nothing runs");
    this.#listener.ended({ id: id as JobId, runningSinceMs: undefined } satisfies LeaseJob, end);
  }
}

const finished: JobEnd = {
  ending: {
    status: "finished",
    detail: {
      ending: { kind: "finished", value: 49 },
      report: { runMs: 3, stdout: "", stderr: "" },
    },
  },
  node: undefined,
  attempt: 1,
  runMs: 3,
};

/** Slots with fake runners, and what was told of leases. */
function fixture(slots: number, known: readonly ComputationId[] = [a, b]): {
  readonly host: LeaseSlots;
  readonly runners: FakeRunner[];
  readonly told: string[];
  readonly codes: Set<ComputationId>;
} {
  const runners: FakeRunner[] = [];
  const told: string[] = [];
  const codes = new Set(known);
  const parts = {
    codeOf: (computation: ComputationId) => codes.has(computation) ? code : undefined,
    startRunner: (_code: Code, listener: RunnerListener) => {
      const runner = new FakeRunner(listener);
      runners.push(runner);
      return runner;
    },
  };
  const host = new LeaseSlots(slots, parts, {
    started: ({ job }) => told.push(`started ${job}`),
    ended: ({ job }, outcome) => told.push(`${outcome.kind} ${job}`),
    returned: ({ job }) => told.push(`returned ${job}`),
  });
  return { host, runners, told, codes };
}

const [a, b] = ["a", "b"] as const satisfies string[] as unknown as [ComputationId, ComputationId];
const code: Code = { format: "script", text: "", filename: "x" };

function lease(job: string): LeaseRef {
  return { job: job as JobId, lease: 1, epoch: 1 };
}

function tasks(computation: ComputationId, ...jobs: string[]): LeaseTask[] {
  return jobs.map((job) => ({ lease: lease(job), computation, args: "[]" }));
}

describe("LeaseSlots", () => {
  it("waits for code, then begins all in order", () => {
    const { host, runners, codes } = fixture(2, []);
    host.run(tasks(a, "1", "2", "3"));
    assert.deepEqual(host.codeless, [a]);
    assert.equal(runners.length, 0);
    codes.add(a);
    host.codeCame(a);
    assert.deepEqual(host.codeless, []);
    assert.deepEqual(runners.map(({ slots, jobs }) => [slots, jobs]), [
      [2, ["1#1@1", "2#1@1", "3#1@1"]],
    ]);
  });

  it("uses all slots also when what comes first is less than they could do", () => {
    const { host, runners } = fixture(3);
    host.run(tasks(a, "1"));
    assert.deepEqual(runners.map(({ slots }) => slots), [1]);
    host.run(tasks(a, "2", "3", "4"));
    assert.deepEqual(runners.map(({ slots }) => slots), [3]);
  });

  it("tells how attempts ended, with the packed result", () => {
    const { host, runners, told } = fixture(1);
    host.run(tasks(a, "1", "2"));
    runners[0]?.finish();
    runners[0]?.finish({ ...finished, ending: { status: "cancelled" }, attempt: 0 });
    assert.deepEqual(told, ["finished 1", "returned 2"]);
    assert.equal(host.open, 0);
  });

  it("shares slots with a second computation as they come free, and gives it nothing of the first's", async () => {
    const { host, runners } = fixture(2);
    host.run(tasks(a, "1", "2", "3"));
    host.run(tasks(b, "4", "5"));
    assert.deepEqual(runners.map(({ slots }) => slots), [2]);
    // What comes for the first one now must wait, or it would never have a free slot.
    host.run(tasks(a, "6"));
    assert.equal(runners[0]?.jobs.length, 3);
    runners[0]?.finish();
    runners[0]?.finish();
    await Promise.resolve();
    assert.deepEqual(runners.map(({ slots, jobs }) => [slots, jobs]), [
      [1, ["3#1@1", "6#1@1"]],
      [1, ["4#1@1", "5#1@1"]],
    ]);
  });

  it("gives the slots of an idle computation to one that has work", () => {
    const { host, runners } = fixture(2);
    host.run(tasks(a, "1"));
    runners[0]?.finish();
    host.run(tasks(b, "2", "3"));
    assert.equal(runners[0]?.isClosed, true);
    assert.deepEqual(runners[1]?.jobs, ["2#1@1", "3#1@1"]);
    assert.equal(runners[1]?.slots, 2);
  });

  it("gives back what waits, and asks the slots for the rest", () => {
    const { host, runners, told } = fixture(1, [a]);
    host.run(tasks(b, "1"));
    host.retract(lease("1"));
    assert.deepEqual(told, ["returned 1"]);
    host.run(tasks(a, "2", "3"));
    host.retract(lease("3"));
    host.stop(lease("2"));
    assert.deepEqual(runners.at(-1)?.asked, ["retract 3#1@1", "stop 2#1@1"]);
    host.stop(lease("unknown"));
  });

  it("ends leases of code that cannot be loaded, and tries again with the next", () => {
    const { host, runners, told } = fixture(1);
    host.run(tasks(a, "1"));
    const refused: JobEnd = {
      ending: { status: "refused", error: new TypeError("no function") },
      node: undefined,
      attempt: 0,
      runMs: 0,
    };
    runners[0]?.finish(refused);
    assert.deepEqual(told, ["crashed 1"]);
    host.run(tasks(a, "2"));
    assert.equal(runners.length, 2);
    assert.deepEqual(runners[1]?.jobs, ["2#1@1"]);
  });

  it("begins nothing without slots, and all when it gets some", () => {
    const { host, runners } = fixture(0);
    host.run(tasks(a, "1"));
    assert.equal(runners.length, 0);
    host.resize(3);
    assert.deepEqual(runners[0]?.jobs, ["1#1@1"]);
  });
});
