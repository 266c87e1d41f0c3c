import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Job, settleJob, startJob, whenEnded } from "../../../lib/client/job.ts";
import { describeFailure } from "../../../lib/client/job_failure.ts";
import type { JobEnd } from "../../../lib/dispatch/job_end.ts";
import { JobError } from "../../../lib/proto/errors.ts";
import type { JobId, NodeId } from "../../../lib/proto/ids.ts";
import { packValue } from "../../../lib/wire/value.ts";

const report = { runMs: 5, stdout: "out", stderr: "err" };
const base = { node: "local:0" as NodeId, attempt: 2, runMs: 5 } as const;

function finished(value: unknown): JobEnd {
  const detail = { ending: { kind: "finished", value }, report };
  return { ...base, ending: { status: "finished", detail } };
}

function threw(error: unknown): JobEnd {
  const detail = { ending: { kind: "threw", packed: packValue(error) }, report };
  return { ...base, ending: { status: "terminated", reason: "threw", detail } };
}

function jobOf(cancelled: JobId[] = []): Job<unknown> {
  return new Job("id" as JobId, ["input"], {
    cancel: (id) => cancelled.push(id),
    describeFailure: (job, failure) => describeFailure(job, failure, (stack) => `mapped ${stack}`),
  });
}

describe("Job", () => {
  it("goes from created to running to its end", async () => {
    const job = jobOf();
    assert.deepEqual([job.status, job.node, job.attempt, job.startedAt, job.ended], [
      "created",
      undefined,
      0,
      undefined,
      false,
    ]);
    startJob(job, "local", 2, 1000);
    assert.deepEqual([job.status, job.node, job.attempt, job.startedAt], [
      "running",
      "local",
      2,
      1000,
    ]);
    assert.deepEqual([job.result, job.error, job.stdout], [undefined, undefined, ""]);
    settleJob(job, finished({ a: 1 }));
    assert.deepEqual([job.status, job.result, job.error], ["finished", { a: 1 }, undefined]);
    assert.deepEqual([job.stdout, job.stderr, job.startedAt], ["out", "err", 1000]);
    assert.equal(await job, job.result);
    assert.equal(await job.wait(), job.result);
  });

  it("knows when it started even if it was never seen running", () => {
    const job = jobOf();
    settleJob(job, finished(undefined));
    assert.equal(job.startedAt, (job.endedAt ?? 0) - 5);
  });

  it("throws the same JobError to everyone who waits, also later", async () => {
    const job = jobOf();
    const waiting = [job.wait(), Promise.resolve(job)];
    settleJob(job, threw(new RangeError("no")));
    for (const each of [...waiting, job.wait()]) {
      await assert.rejects(each, (error: unknown) => {
        assert.ok(error instanceof JobError);
        assert.equal(error, job.error);
        return true;
      });
    }
    assert.deepEqual([job.error?.reason, job.error?.input, job.error?.attempt], [
      "threw",
      ["input"],
      2,
    ]);
    await job.settled();
  });

  it("rejects nothing when nobody waits", async () => {
    settleJob(jobOf(), threw(new Error("unseen")));
    await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it("calls back at its end, or at once when it has ended", () => {
    const job = jobOf();
    const calls: string[] = [];
    whenEnded(job, () => calls.push("first"));
    whenEnded(job, () => calls.push("second"));
    assert.equal(calls.length, 0);
    settleJob(job, finished(1));
    whenEnded(job, () => calls.push("late"));
    assert.deepEqual(calls, ["first", "second", "late"]);
  });

  it("asks its owner to cancel it, but not when it has ended", () => {
    const cancelled: JobId[] = [];
    const job = jobOf(cancelled);
    job.cancel();
    settleJob(job, { ...base, ending: { status: "cancelled" } });
    job.cancel();
    assert.deepEqual(cancelled, ["id"]);
    assert.deepEqual([job.status, job.error?.message], ["cancelled", "The job was cancelled"]);
  });

  it("lets a signal end the waiting and not the job", async () => {
    const job = jobOf();
    const controller = new AbortController();
    const waiting = job.wait({ signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    await assert.rejects(job.settled({ signal: controller.signal }), reason);
    settleJob(job, finished(7));
    assert.equal(await job, 7);
  });

  it("says in words how each kind of end came", () => {
    const messageOf = (ending: JobEnd["ending"]): string | undefined => {
      const job = jobOf();
      settleJob(job, { ...base, ending } as JobEnd);
      return job.error?.message;
    };
    const crashed = { kind: "crashed", how: "by calling exit(3)" };
    assert.deepEqual([
      messageOf({ status: "terminated", reason: "timeout", detail: undefined }),
      messageOf({ status: "terminated", reason: "crashed", detail: { ending: crashed, report } }),
      messageOf({ status: "abandoned" }),
      messageOf({ status: "refused", error: new TypeError("not loaded") }),
    ], [
      "The job ran longer than its time limit and was stopped",
      "The job ended what it ran in, by calling exit(3)",
      "The node that held the job was lost, and the job may not run again",
      "The code of the job could not be loaded: TypeError: not loaded",
    ]);
  });

  it("maps the stacks of an error and of all inside it, and shows none of ours", () => {
    const job = jobOf();
    const error = new AggregateError([new Error("part")], "all", { cause: new Error("cause") });
    settleJob(job, threw(error));
    const { cause } = job.error ?? {};
    assert.ok(cause instanceof AggregateError && cause.cause instanceof Error);
    for (const each of [cause, cause.cause, cause.errors[0] as Error]) {
      assert.match(each.stack ?? "", /^mapped /);
    }
    const timeout = jobOf();
    settleJob(timeout, {
      ...base,
      ending: { status: "terminated", reason: "timeout", detail: undefined },
    });
    assert.doesNotMatch(timeout.error?.stack ?? "", /\n/);
  });
});
