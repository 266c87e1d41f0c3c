import {
  isLong,
  type Packed,
  type Printed,
  type RunnerMessage,
  seqSpace,
  type TaskBatch,
  type TaskResult,
} from "../proto/executor.ts";
import { packValue, unpackValue, UnsupportedValueError } from "../wire/value.ts";
import type { Claims } from "./claims.ts";
import type { JobOutput } from "./job_output.ts";
import type { JobFunction } from "./load.ts";
import { packThrown } from "./thrown.ts";

/** The way back to the host. A promise means: let the event loop run before the next task, or nothing is sent. */
export type RunnerPort = { post(message: RunnerMessage): Promise<void> | void };

type Task = {
  readonly seq: number;
  readonly args: readonly unknown[];
  /** 0 for none. */
  readonly memoryLimitBytes: number;
};

/**
 * Results wait for each other while no job of late ran longer than this; else each is sent at once. A message for each
 * job of a millisecond would cost both sides some percent of their time.
 */
const batchBelowMs = 4;
/** By this factor for each job, a long run counts less: after 10 s it takes 150 short jobs to wait again. */
const forgetting = 0.95;
/** No result waits longer for others than this and {@link maxBatchMs}, unless its successor runs longer. */
const minBatchMs = 0.5;
/** Between those bounds, about this many results go together. */
const jobsPerBatch = 4;
const maxBatchMs = 4;

/**
 * Runs tasks one after the other and sends their results.
 *
 * It begins a task only if its claim succeeds, so a task that the host took back is passed over.
 */
export class Runner {
  readonly #run: JobFunction;
  readonly #claims: Claims;
  readonly #output: JobOutput;
  readonly #port: RunnerPort;
  readonly #tasks: Task[] = [];
  #head = 0;
  #draining = false;
  /** The longest run time of late; at first long enough to have the first results sent at once. */
  #longestMs = 2 * batchBelowMs;
  #flushedAtMs = 0;
  /** Results that are plain JSON, as text: the parts of the fast message. */
  #plain: string[] = [];
  #mixed: TaskResult[] = [];
  #flushTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: JobFunction, claims: Claims, output: JobOutput, port: RunnerPort) {
    this.#run = run;
    this.#claims = claims;
    this.#output = output;
    this.#port = port;
  }

  /** Takes tasks in; they run in the order of their numbers. */
  accept(batch: TaskBatch): void {
    if (typeof batch === "string") {
      const parts = JSON.parse(batch) as [number, ...(readonly unknown[])[]];
      const first = parts[0];
      for (let index = 1; index < parts.length; index += 1) {
        const seq = (first + index - 1) % seqSpace;
        this.#tasks.push({
          seq,
          args: parts[index] as readonly unknown[],
          memoryLimitBytes: 0,
        });
      }
    } else {
      for (const [index, packed] of batch.args.entries()) {
        const references = batch.references?.[index] ?? [];
        const args = unpackValue(packed, { reference: (at) => references[at] });
        const seq = (batch.first + index) % seqSpace;
        const memoryLimitBytes = batch.memoryLimits?.[index] ?? 0;
        this.#tasks.push({ seq, args: args as readonly unknown[], memoryLimitBytes });
      }
    }
    if (!this.#draining) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    // Called by itself, so that stacks do not name it as a method of ours.
    const run = this.#run;
    this.#output.begin();
    let nowMs = performance.now();
    for (let task = this.#next(); task !== undefined; task = this.#next()) {
      const startedAtMs = performance.timeOrigin + nowMs;
      if (!this.#claims.begin(task.seq, startedAtMs, task.memoryLimitBytes)) continue;
      const startMs = nowMs;
      const calledMs = performance.now();
      let ok = true;
      let value: unknown;
      try {
        value = run(...task.args);
        // Awaiting costs a turn; most jobs of microseconds are not async.
        if (isThenable(value)) {
          this.#flushSoon();
          value = await value;
        }
      } catch (error) {
        ok = false;
        value = error;
      }
      nowMs = performance.now();
      const printed = this.#output.take(nowMs - calledMs);
      this.#keep(task.seq, ok, value, nowMs - startMs, printed);
      if (nowMs - this.#flushedAtMs > this.#batchMs) {
        const sent = this.flush(nowMs);
        if (sent !== undefined) {
          await sent;
          nowMs = performance.now();
        }
      }
    }
    this.#claims.idle();
    this.#output.end();
    this.#draining = false;
    this.flush(nowMs);
  }

  #next(): Task | undefined {
    const task = this.#tasks[this.#head];
    if (task === undefined) {
      this.#tasks.length = 0;
      this.#head = 0;
      return undefined;
    }
    this.#head += 1;
    return task;
  }

  #keep(
    seq: number,
    succeeded: boolean,
    value: unknown,
    runMs: number,
    printed: Printed | undefined,
  ): void {
    this.#longestMs = Math.max(runMs, this.#longestMs * forgetting);
    const { ok, packed } = packResult(succeeded, value);
    if (ok && printed === undefined && typeof packed === "string" && !isLong(packed)) {
      this.#plain.push(`${seq},${Math.round(runMs * 1000) / 1000},${packed}`);
    } else this.#mixed.push(toResult(seq, ok, packed, runMs, printed));
  }

  /** How long results may wait for others now. */
  get #batchMs(): number {
    if (this.#longestMs > batchBelowMs) return 0;
    return Math.min(maxBatchMs, Math.max(minBatchMs, jobsPerBatch * this.#longestMs));
  }

  /** Sends finished results while the next job waits for something; a job that only takes microtasks is not slowed. */
  #flushSoon(): void {
    if (this.#flushTimer !== undefined || this.#plain.length + this.#mixed.length === 0) return;
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = undefined;
      this.flush();
    }, 0);
  }

  /** Sends what has ended. */
  flush(nowMs: number = performance.now()): Promise<void> | void {
    this.#flushedAtMs = nowMs;
    let sent: Promise<void> | void = undefined;
    if (this.#plain.length > 0) {
      sent = this.#port.post(`[${this.#plain.join(",")}]`);
      this.#plain = [];
    }
    if (this.#mixed.length > 0) {
      sent = this.#port.post({ type: "results", results: this.#mixed });
      this.#mixed = [];
    }
    return sent;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

/** A result that cannot travel is the job's failure, and says why. */
function packResult(succeeded: boolean, value: unknown): { ok: boolean; packed: Packed } {
  if (!succeeded) return { ok: false, packed: packThrown(value) };
  try {
    return { ok: true, packed: packValue(value) };
  } catch (refusal) {
    return { ok: false, packed: packThrown(withoutFrames(refusal)) };
  }
}

/** Where in our code it was noticed says nothing to the job's author. */
function withoutFrames(refusal: unknown): unknown {
  if (refusal instanceof UnsupportedValueError) {
    refusal.stack = `${refusal.name}: ${refusal.message}`;
  }
  return refusal;
}

function toResult(
  seq: number,
  ok: boolean,
  value: Packed,
  runMs: number,
  printed: Printed | undefined,
): TaskResult {
  return { seq, ok, value, runMs, ...printed };
}
