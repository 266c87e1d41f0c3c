import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Job, settleJob } from "../../../lib/client/job.ts";
import { type AnyIterable, JobStream } from "../../../lib/client/map_jobs.ts";
import { describeFailure } from "../../../lib/client/job_failure.ts";
import type { JobId, NodeId } from "../../../lib/proto/ids.ts";

/** Jobs that end when the test says so. */
class Jobs {
  readonly all: Job<number>[] = [];
  readonly #endCancelled: boolean;

  constructor(endCancelled = true) {
    this.#endCancelled = endCancelled;
  }

  readonly submit = (input: number): Job<number> => {
    const job: Job<number> = new Job(String(this.all.length) as JobId, [input], {
      cancel: () => this.#endCancelled && end(job, "cancelled"),
      describeFailure: (failed, failure) => describeFailure(failed, failure, (stack) => stack),
    });
    this.all.push(job);
    return job;
  };

  finish(...indices: number[]): void {
    for (const index of indices) end(this.all[index] ?? assert.fail(`no job ${index}`), "finished");
  }
}

function end(job: Job<number>, status: "finished" | "cancelled"): void {
  const common = { node: "local:0" as NodeId, attempt: 1, runMs: 0 };
  if (status === "cancelled") return settleJob(job, { ...common, ending: { status } });
  const detail = {
    ending: { kind: "finished", value: job.input[0] },
    report: { runMs: 0, stdout: "", stderr: "" },
  };
  settleJob(job, { ...common, ending: { status, detail } });
}

function streamOf(
  inputs: AnyIterable<number>,
  jobs: Jobs,
  settings: {
    readonly ordered?: boolean;
    readonly window?: number;
    readonly signal?: AbortSignal;
  } = {},
): JobStream<number, number> {
  const { ordered = true, window = 4, signal } = settings;
  return new JobStream(inputs, jobs.submit, { ordered, window: () => window, signal });
}

/** Lets everything that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

const inputOf = (step: IteratorResult<{ readonly job: Job<number> }, void>): unknown =>
  step.done === true ? "done" : step.value.job.input[0];

function* countFrom(first: number): Generator<number> {
  for (let next = first;; next += 1) yield next;
}

describe("JobStream", () => {
  it("gives jobs in the order of their inputs", async () => {
    const jobs = new Jobs();
    const stream = streamOf([10, 11, 12], jobs);
    const first = stream.next();
    await settle();
    jobs.finish(2, 1);
    await settle();
    jobs.finish(0);
    assert.equal(inputOf(await first), 10);
    assert.deepEqual([inputOf(await stream.next()), inputOf(await stream.next())], [11, 12]);
    assert.equal(inputOf(await stream.next()), "done");
    assert.equal(inputOf(await stream.next()), "done");
  });

  it("gives jobs in the order of their ends when that is asked for", async () => {
    const jobs = new Jobs();
    const stream = streamOf([10, 11, 12], jobs, { ordered: false });
    const steps = [stream.next(), stream.next(), stream.next(), stream.next()];
    await settle();
    jobs.finish(2);
    jobs.finish(0, 1);
    assert.deepEqual((await Promise.all(steps)).map(inputOf), [12, 10, 11, "done"]);
  });

  it("gives jobs that have ended when they are submitted, in either order", async () => {
    for (const ordered of [true, false]) {
      const jobs = new Jobs();
      const submit = (input: number): Job<number> => {
        const job = jobs.submit(input);
        end(job, "finished");
        return job;
      };
      const stream = new JobStream([1, 2], submit, { ordered, window: () => 4, signal: undefined });
      const steps = [await stream.next(), await stream.next(), await stream.next()];
      assert.deepEqual(steps.map(inputOf), [1, 2, "done"]);
    }
  });

  it("answers several calls of next at a time, each with its own", async () => {
    const jobs = new Jobs();
    const stream = streamOf([1, 2, 3], jobs);
    const steps = Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
    await settle();
    jobs.finish(1, 2, 0);
    assert.deepEqual((await steps).map(inputOf), [1, 2, 3, "done"]);
  });

  it("never has more than a window of jobs that were not taken", async () => {
    for (const ordered of [true, false]) {
      const jobs = new Jobs();
      const stream = streamOf(countFrom(0), jobs, { window: 4, ordered });
      for (let taken = 0; taken < 40; taken += 1) {
        const step = stream.next();
        await settle();
        // The call that is under way has taken one already, if it could.
        assert.ok(jobs.all.length - taken <= 5, `${jobs.all.length} submitted, ${taken} taken`);
        for (const job of jobs.all) if (!job.ended) end(job, "finished");
        assert.equal(inputOf(await step), taken);
      }
      await stream.return();
    }
  });

  it("reads on when half of the window is free, and with a window of one as well", async () => {
    const jobs = new Jobs();
    const stream = streamOf(countFrom(0), jobs, { window: 1 });
    for (let index = 0; index < 3; index += 1) {
      const step = stream.next();
      await settle();
      assert.equal(jobs.all.length, index + 1);
      jobs.finish(index);
      assert.equal(inputOf(await step), index);
    }
    await stream.return();
  });

  it("cancels what has not ended and closes the inputs when it is left", async () => {
    const jobs = new Jobs();
    let closed = 0;
    function* inputs(): Generator<number> {
      try {
        yield* countFrom(0);
      } finally {
        closed += 1;
      }
    }
    const stream = streamOf(inputs(), jobs);
    const step = stream.next();
    await settle();
    jobs.finish(0, 2);
    await step;
    await stream.return();
    assert.deepEqual(jobs.all.map(({ status }) => status).slice(0, 4), [
      "finished",
      "cancelled",
      "finished",
      "cancelled",
    ]);
    assert.equal(closed, 1);
    assert.equal(inputOf(await stream.next()), "done");
    await stream.return();
    assert.equal(closed, 1);
  });

  it("waits at its return until cancelled jobs have ended", async () => {
    const jobs = new Jobs(false);
    const stream = streamOf([1], jobs);
    void stream.next();
    await settle();
    let returned = false;
    const returning = stream.return().then(() => returned = true);
    await settle();
    assert.equal(returned, false);
    jobs.finish(0);
    await returning;
  });

  it("gives what was submitted before the inputs failed, then throws what they threw", async () => {
    const broken = new Error("broken");
    function* inputs(): Generator<number> {
      yield 1;
      throw broken;
    }
    async function* later(): AsyncGenerator<number> {
      yield* inputs();
    }
    for (const source of [inputs(), later()]) {
      const jobs = new Jobs();
      const stream = streamOf(source, jobs);
      const step = stream.next();
      await settle();
      jobs.finish(0);
      assert.equal(inputOf(await step), 1);
      await assert.rejects(stream.next(), broken);
      assert.equal(inputOf(await stream.next()), "done");
    }
  });

  it("throws what submit throws, as if the inputs had", async () => {
    const refusal = new TypeError("cannot travel");
    const stream = new JobStream([1], () => {
      throw refusal;
    }, { ordered: true, window: () => 4, signal: undefined });
    await assert.rejects(stream.next(), refusal);
  });

  it("is not held up by an input that never comes", async () => {
    const jobs = new Jobs();
    async function* inputs(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    }
    const stream = streamOf(inputs(), jobs);
    const step = stream.next();
    await settle();
    jobs.finish(0);
    assert.equal(inputOf(await step), 1);
    await stream.return();
  });

  it("cancels its jobs and throws the reason when its signal is aborted", async () => {
    const jobs = new Jobs();
    const controller = new AbortController();
    const stream = streamOf(countFrom(0), jobs, { signal: controller.signal });
    const step = stream.next();
    await settle();
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(step, reason);
    assert.ok(jobs.all.every(({ status }) => status === "cancelled"));
    const never = streamOf([1], jobs, { signal: controller.signal });
    await assert.rejects(never.next(), reason);
  });
});
