import {
  isLong,
  type MixedBatch,
  type ResultBatch,
  seqSpace,
  type TaskBatch,
  type TaskResult,
} from "../proto/executor.ts";
import { Claims } from "../runtime/claims.ts";
import type { PackedArgs, SlotEvent, SlotTask, TaskEnding, TaskReport } from "./types.ts";

/** What a slot was given and has not answered for. */
export class TaskLedger {
  /** By number, in the order of assignment. */
  readonly #open = new Map<number, SlotTask>();
  #nextSeq = 0;

  /** Whether so many more can be told apart: see `Claims.capacity`. */
  hasRoomFor(count: number): boolean {
    const [oldest = this.#nextSeq] = this.#open.keys();
    const span = (this.#nextSeq - oldest + seqSpace) % seqSpace;
    return span + count <= Claims.capacity;
  }

  /** Whether every task has been answered for. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Numbers the tasks and makes the message that hands them over. */
  add(tasks: readonly SlotTask[]): TaskBatch {
    const first = this.#nextSeq;
    let plain = `[${first}`;
    let allPlain = true;
    for (const task of tasks) {
      task.seq = this.#nextSeq;
      this.#nextSeq = (this.#nextSeq + 1) % seqSpace;
      this.#open.set(task.seq, task);
      const { packed, memoryLimitBytes } = task.args;
      const isPlain = typeof packed === "string" && !isLong(packed) &&
        memoryLimitBytes === undefined;
      if (isPlain) plain += `,${packed}`;
      else allPlain = false;
    }
    if (allPlain) return `${plain}]`;
    return mixedBatch(first, tasks.map((task) => task.args));
  }

  /** The task of a number, if it is still open. */
  get(seq: number): SlotTask | undefined {
    return this.#open.get(seq);
  }

  /** Turns a message of results into events. */
  settle(batch: ResultBatch): SlotEvent[] {
    if (typeof batch !== "string") {
      return batch.results.flatMap((result) => this.end(result.seq, endingOf(result), result));
    }
    const events: SlotEvent[] = [];
    const parts = JSON.parse(batch) as unknown[];
    for (let index = 0; index < parts.length; index += 3) {
      const task = this.#take(parts[index] as number);
      if (task === undefined) continue;
      const report = { runMs: parts[index + 1] as number, stdout: "", stderr: "" };
      events.push({
        type: "done",
        task,
        ending: { kind: "finished", value: parts[index + 2] },
        report,
      });
    }
    return events;
  }

  /** Closes a task as ended; no event if it is not open. */
  end(seq: number, ending: TaskEnding, report: Partial<TaskReport>): SlotEvent[] {
    const task = this.#take(seq);
    if (task === undefined) return [];
    const { runMs = 0, stdout = "", stderr = "" } = report;
    return [{ type: "done", task, ending, report: { runMs, stdout, stderr } }];
  }

  #take(seq: number): SlotTask | undefined {
    const task = this.#open.get(seq);
    if (task !== undefined) this.#open.delete(seq);
    return task;
  }

  /** Numbers of those tasks that are still open. */
  seqsOf(tasks: readonly SlotTask[]): number[] {
    return tasks.filter((task) => this.#open.get(task.seq) === task).map(({ seq }) => seq);
  }

  /** Closes tasks as never begun; no events of those that are not open. */
  giveBack(seqs: readonly number[]): SlotEvent[] {
    return seqs.flatMap((seq): SlotEvent[] => {
      const task = this.#take(seq);
      return task === undefined ? [] : [{ type: "returned", task }];
    });
  }

  /**
   * Answers for everything when the runner is gone: the task that ran ended with it, and all others are given back.
   * One whose result was not sent yet runs again: a job may be executed more than once.
   *
   * @param runningSeq What ran; undefined if nothing did, or if it is not to blame.
   * @param report What is known of that one.
   */
  endAll(
    runningSeq: number | undefined,
    ending: TaskEnding,
    report: Partial<TaskReport> = {},
  ): SlotEvent[] {
    const ended = runningSeq === undefined ? [] : this.end(runningSeq, ending, report);
    // Youngest first: each goes before the queue, so that the oldest is placed first.
    return [...ended, ...this.giveBack([...this.#open.keys()].reverse())];
  }
}

/** Gives back tasks that a slot cannot take now. */
export function refused(tasks: readonly SlotTask[]): SlotEvent[] {
  return tasks.map((task) => ({ type: "returned", task }));
}

function mixedBatch(first: number, list: readonly PackedArgs[]): MixedBatch {
  const isReferring = list.some(({ references }) => references !== undefined);
  const isLimited = list.some(({ memoryLimitBytes }) => memoryLimitBytes !== undefined);
  return {
    type: "tasks",
    first,
    args: list.map(({ packed }) => packed),
    ...(isReferring && { references: list.map(({ references }) => references ?? []) }),
    ...(isLimited && { memoryLimits: list.map(({ memoryLimitBytes }) => memoryLimitBytes ?? 0) }),
  };
}

function endingOf({ ok, value: packed }: TaskResult): TaskEnding {
  // It stays packed for whoever passes it on.
  return ok ? { kind: "finished", value: undefined, packed } : { kind: "threw", packed };
}
