import { attemptOf, type JobEnd, reportOf } from "../dispatch/job_end.ts";
import { isLong, lengthOf, type TaskResult } from "../proto/executor.ts";
import type { NodeToClient, RunningTask, TaskEnd, TaskOutput } from "../proto/node_messages.ts";
import { assertNever } from "../proto/states.ts";

const nothingPrinted = { stdout: "", stderr: "" } as const;

/** With so many UTF-16 units, or bytes, results do not wait for others. */
const maxBatchChars = 1024 * 1024;

/** Gathers what is to be told of tasks during one turn of the event loop, and tells it in as few messages as can be. */
export class ResultOutbox {
  readonly #send: (message: NodeToClient) => void;
  readonly #sendLong: (result: TaskResult) => void;
  #outputs: TaskOutput[] = [];
  #plain: string[] = [];
  #mixed: TaskResult[] = [];
  #endings: TaskEnd[] = [];
  #returned: number[] = [];
  #running: RunningTask[] = [];
  #scheduled = false;
  /** Of results and endings that wait. */
  #chars = 0;

  /** Results that are long are told by themselves, at once. */
  constructor(send: (message: NodeToClient) => void, sendLong: (result: TaskResult) => void) {
    this.#send = send;
    this.#sendLong = sendLong;
  }

  /** A task runs. */
  addRunning(task: RunningTask): void {
    this.#running.push(task);
    this.#schedule();
  }

  /** A task has printed something. */
  addOutput(output: TaskOutput): void {
    this.#outputs.push(output);
    this.#schedule();
  }

  /** A task has ended. */
  addEnd(seq: number, end: JobEnd): void {
    this.#schedule();
    const attempt = attemptOf(end);
    const { status } = end.ending;
    switch (status) {
      case "cancelled":
        // Without an attempt it was taken back before it began.
        if (end.attempt === 0) this.#returned.push(seq);
        else this.#addStopped(seq, end);
        return;
      case "finished":
      case "terminated":
        return this.#addAttempt(seq, end.runMs, attempt);
      case "abandoned":
        this.#endings.push({
          seq,
          runMs: end.runMs,
          how: "with the slot it ran in",
          ...nothingPrinted,
        });
        return;
      case "refused":
        return; // The client is told once, for all tasks.
      default:
        assertNever(status);
    }
  }

  #addStopped(seq: number, end: JobEnd): void {
    const { stdout, stderr } = reportOf(end) ?? nothingPrinted;
    this.#endings.push({ seq, runMs: end.runMs, how: undefined, stdout, stderr });
    this.#count(stdout.length + stderr.length);
  }

  #addAttempt(seq: number, runMs: number, attempt: ReturnType<typeof attemptOf>): void {
    if (attempt === undefined) return;
    const { ending, report: { stdout, stderr } } = attempt;
    switch (ending.kind) {
      case "finished": {
        const { packed, value } = ending;
        if (packed === undefined && stdout === "" && stderr === "") {
          const text = `${seq},${runMs},${JSON.stringify(value)}`;
          this.#plain.push(text);
          return this.#count(text.length);
        }
        const result = packed ?? JSON.stringify(value);
        return this.#addResult({ seq, ok: true, value: result, runMs, stdout, stderr });
      }
      case "threw":
        return this.#addResult({ seq, ok: false, value: ending.packed, runMs, stdout, stderr });
      case "crashed":
        this.#endings.push({
          seq,
          runMs,
          how: ending.how,
          ...(ending.packed !== undefined && { error: ending.packed }),
          ...(ending.memoryLimitBytes !== undefined &&
            { memoryLimitBytes: ending.memoryLimitBytes }),
          stdout,
          stderr,
        });
        return this.#count(stdout.length + stderr.length);
      case "stopped":
        this.#endings.push({ seq, runMs, how: undefined, stdout, stderr });
        return this.#count(stdout.length + stderr.length);
      default:
        assertNever(ending);
    }
  }

  #addResult(result: TaskResult): void {
    const { value, stdout = "", stderr = "" } = result;
    if (!isLong(value) && !isLong(stdout + stderr)) {
      this.#mixed.push(result);
      return this.#count(lengthOf(value) + stdout.length + stderr.length);
    }
    // What it printed comes before its end.
    this.#flush();
    this.#sendLong(result);
  }

  /** A message has a limit, which many results of one turn could exceed together. */
  #count(chars: number): void {
    this.#chars += chars;
    if (this.#chars > maxBatchChars) this.#flush();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    this.#chars = 0;
    // Before the results, which end what tasks print.
    if (this.#outputs.length > 0) this.#send({ type: "output", outputs: this.#outputs.splice(0) });
    if (this.#plain.length > 0) {
      this.#send({ type: "results", batch: `[${this.#plain.join(",")}]` });
      this.#plain = [];
    }
    if (this.#mixed.length > 0) {
      this.#send({ type: "results", batch: { type: "results", results: this.#mixed } });
      this.#mixed = [];
    }
    if (this.#endings.length > 0) this.#send({ type: "ended", endings: this.#endings.splice(0) });
    if (this.#returned.length > 0) this.#send({ type: "returned", seqs: this.#returned.splice(0) });
    if (this.#running.length > 0) this.#send({ type: "running", tasks: this.#running.splice(0) });
  }
}
