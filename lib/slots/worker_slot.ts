import type { Code, JobPlace, RunnerMessage, StopMessage } from "../proto/executor.ts";
import { assertNever } from "../proto/states.ts";
import { Claims } from "../runtime/claims.ts";
import type { WorkerInit } from "../runtime/worker_entry.ts";
import { unpackValue } from "../wire/value.ts";
import { crashOf, runMsSince } from "./crash.ts";
import { workerEntry } from "./entries.ts";
import { tellStray } from "./stray.ts";
import { refused, TaskLedger } from "./task_ledger.ts";
import type { Slot, SlotEvent, SlotListener, SlotTask, TaskEnding, TaskReport } from "./types.ts";

/** What a Worker slot is made of. */
export type WorkerSlotOptions = {
  /** The job's code; the Worker starts meanwhile. A slot whose code does not come must be closed. */
  readonly code: Promise<Code>;
  readonly place: JobPlace;
  /** Whether the runtime can end a Worker that is busy. */
  readonly stopsBusyWorkers: boolean;
  /** Whether to tell what tasks print while they run. */
  readonly live: boolean;
};

/** A slot in a web-standard Worker of this process. */
export class WorkerSlot implements Slot {
  readonly #worker: Worker;
  readonly #claims = new Claims();
  readonly #ledger = new TaskLedger();
  readonly #listener: SlotListener;
  readonly #stopsBusyWorkers: boolean;
  /** Tasks to be stopped that had begun; `asked` where the Worker has been told to end itself. */
  readonly #stopping = new WeakMap<SlotTask, "wanted" | "asked">();
  #ended = false;

  /** Starts the Worker; `ready` or `failed` follows. */
  constructor({ code, place, stopsBusyWorkers, live }: WorkerSlotOptions, listener: SlotListener) {
    this.#listener = listener;
    this.#stopsBusyWorkers = stopsBusyWorkers;
    this.#worker = new Worker(workerEntry(), { type: "module" });
    this.#worker.onmessage = (event: MessageEvent<RunnerMessage>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      // Without this, Deno ends the whole process for an error in one Worker.
      event.preventDefault();
      this.#crash({ kind: "crashed", how: `with an uncaught ${lineOf(event.message)}` });
    };
    // Bun tells of a Worker's end by this event, Deno not at all: `exit` is told by the runner in both.
    this.#worker.addEventListener(
      "close",
      () => this.#crash({ kind: "crashed", how: "by ending its Worker" }),
    );
    void this.#init(code, place, live);
  }

  async #init(code: Promise<Code>, place: JobPlace, live: boolean): Promise<void> {
    const claims = this.#claims.buffer;
    const init: WorkerInit = { type: "init", code: await code, place, claims, live };
    if (!this.#ended) this.#worker.postMessage(init);
  }

  get isIdle(): boolean {
    return this.#ledger.isEmpty;
  }

  assign(tasks: readonly SlotTask[]): void {
    if (!this.#ledger.hasRoomFor(tasks.length)) return this.#listener(refused(tasks));
    const lost = tasks.filter((task) => task.args.transfer?.some((buffer) => buffer.detached));
    if (lost.length > 0) return this.#assignOthers(tasks, lost);
    // Only the first task of an idle Worker is sure to begin there; others may be taken back, and go elsewhere.
    const transfer = this.#ledger.isEmpty ? tasks[0]?.args.transfer : undefined;
    const batch = this.#ledger.add(tasks);
    if (transfer === undefined) this.#worker.postMessage(batch);
    else this.#worker.postMessage(batch, [...transfer]);
  }

  /** What was moved into a Worker that ended is gone with it. */
  #assignOthers(tasks: readonly SlotTask[], lost: readonly SlotTask[]): void {
    const ending: TaskEnding = { kind: "crashed", how: "and its moved buffers are gone with that" };
    const others = tasks.filter((task) => !lost.includes(task));
    if (others.length > 0) this.assign(others);
    const report = { runMs: 0, stdout: "", stderr: "" };
    this.#listener(lost.map((task) => ({ type: "done", task, ending, report })));
  }

  retract(task: SlotTask): void {
    if (this.#ledger.get(task.seq) !== task) return;
    if (this.#claims.withdraw(task.seq)) return this.#listener(this.#ledger.giveBack(task));
    // Between its claim and its first moment, what is seen running is the one before.
    const running = this.#claims.running();
    const startedAtMs = running?.seq === task.seq
      ? running.startedAtMs
      : performance.timeOrigin + performance.now();
    this.#listener([{ type: "started", task, startedAtMs }]);
  }

  stop(task: SlotTask): void {
    if (this.#ledger.get(task.seq) !== task) return;
    if (this.#claims.withdraw(task.seq)) return this.#listener(this.#ledger.giveBack(task));
    if (!this.#stopping.has(task)) this.#stopping.set(task, "wanted");
    // Not the one that runs: its result is on the way, or it is about to begin and the next probe finds it.
    if (this.#claims.running()?.seq !== task.seq) return;
    if (this.#stopsBusyWorkers) return this.#endStopped(task.seq);
    // It ends itself when the job lets it come to its messages; if not, the job's end is awaited.
    if (this.#stopping.get(task) === "asked") return;
    this.#stopping.set(task, "asked");
    const request: StopMessage = { type: "stop", seq: task.seq };
    this.#worker.postMessage(request);
  }

  #endStopped(seq: number): void {
    this.#end();
    // Meanwhile it may have ended by itself and another one begun, which is not the one to stop.
    const running = this.#claims.running();
    const stopped = running?.seq === seq ? running : undefined;
    this.#tellEnd(stopped, { kind: "stopped" }, {}, "on request");
  }

  #tellEnd(
    running: ReturnType<Claims["running"]>,
    ending: TaskEnding,
    printed: Partial<TaskReport>,
    how: string,
  ): void {
    const runMs = running === undefined ? 0 : runMsSince(running.startedAtMs);
    const events = this.#ledger.endAll(running?.seq, ending, { ...printed, runMs });
    this.#listener([...events, { type: "gone", how } satisfies SlotEvent]);
  }

  probe(): void {
    const running = this.#claims.running();
    const task = running === undefined ? undefined : this.#ledger.get(running.seq);
    if (running === undefined || task === undefined) return;
    if (this.#stopping.has(task)) return this.stop(task);
    this.#listener([{ type: "started", task, startedAtMs: running.startedAtMs }]);
  }

  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  #receive(message: RunnerMessage): void {
    if (this.#ended) return;
    if (typeof message === "string") return this.#listener(this.#ledger.settle(message));
    switch (message.type) {
      case "results":
        return this.#listener(this.#ledger.settle(message));
      case "ready":
        return this.#listener([{ type: "ready", slots: 1 }]);
      case "failed":
        return this.#listener([{ type: "failed", error: unpackValue(message.error) }]);
      case "output": {
        const { seq, stream, text } = message;
        const task = this.#ledger.get(seq);
        if (task !== undefined) this.#listener([{ type: "output", task, stream, text }]);
        return;
      }
      case "stray":
        return tellStray(message.text);
      case "exit":
        return this.#crash(crashOf(message), message);
      case "stopped":
        return this.#endStopped(message.seq);
      default:
        assertNever(message);
    }
  }

  #crash(ending: TaskEnding & { kind: "crashed" }, printed: Partial<TaskReport> = {}): void {
    if (this.#ended) return;
    this.#end();
    this.#tellEnd(this.#claims.running(), ending, printed, ending.how);
  }

  #end(): void {
    this.#ended = true;
    this.#worker.terminate();
  }
}

/** The line of an error event's text that says what was thrown; Bun shows the code around the place before it. */
function lineOf(text: string): string {
  const line = text.split("\n").find((each) => !/^\s*(?:\d+ \|.*|\^*)$/.test(each)) ?? "error";
  return line.replace(/^Uncaught (?:\(in promise\) )?/, "");
}
