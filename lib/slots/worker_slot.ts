import type { ClaimsAnswer } from "../proto/claims.ts";
import type { Code, JobPlace, StopMessage } from "../proto/executor.ts";
import type { SlotEnd } from "../proto/shared_executor.ts";
import { assertNever } from "../proto/states.ts";
import type { Running } from "../runtime/claims.ts";
import { answerRequest } from "../runtime/claims_answer.ts";
import { JobWorker, type WorkerMessage } from "../runtime/job_worker.ts";
import { unpackValue } from "../wire/value.ts";
import { workerEnding } from "./crash.ts";
import { workerEntry } from "./entries.ts";
import { tellStray } from "./stray.ts";
import { refused, TaskLedger } from "./task_ledger.ts";
import type { Slot, SlotEvent, SlotListener, SlotTask, TaskEnding } from "./types.ts";

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
  readonly #worker: JobWorker;
  readonly #ledger = new TaskLedger();
  readonly #listener: SlotListener;
  readonly #stopsBusyWorkers: boolean;
  /** Tasks to be stopped that had begun; `asked` where the Worker has been told to end itself. */
  readonly #stopping = new WeakMap<SlotTask, "wanted" | "asked">();

  /** Starts the Worker; `ready` or `failed` follows. */
  constructor({ stopsBusyWorkers, ...options }: WorkerSlotOptions, listener: SlotListener) {
    this.#listener = listener;
    this.#stopsBusyWorkers = stopsBusyWorkers;
    this.#worker = new JobWorker({ ...options, entry: workerEntry() }, {
      said: (message) => this.#receive(message),
      ended: (end, running) => this.#tellEnd(end, running),
    });
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
    this.#worker.post(this.#ledger.add(tasks), transfer);
  }

  /** What was moved into a Worker that ended is gone with it. */
  #assignOthers(tasks: readonly SlotTask[], lost: readonly SlotTask[]): void {
    const ending: TaskEnding = { kind: "crashed", how: "and its moved buffers are gone with that" };
    const others = tasks.filter((task) => !lost.includes(task));
    if (others.length > 0) this.assign(others);
    const report = { runMs: 0, stdout: "", stderr: "" };
    this.#listener(lost.map((task) => ({ type: "done", task, ending, report })));
  }

  retract(tasks: readonly SlotTask[]): void {
    const seqs = this.#ledger.seqsOf(tasks);
    if (seqs.length === 0) return;
    const answers = answerRequest(this.#worker.claims, { type: "retract", seqs });
    this.#listener(answers.flatMap((answer) => this.#translate(answer)));
  }

  #translate(answer: ClaimsAnswer): SlotEvent[] {
    if (answer.type === "returned") return this.#ledger.giveBack(answer.seqs);
    const task = this.#ledger.get(answer.seq);
    return task === undefined ? [] : [{ type: "started", task, startedAtMs: answer.startedAtMs }];
  }

  stop(task: SlotTask): void {
    const { seq } = task;
    if (this.#ledger.get(seq) !== task) return;
    const { claims } = this.#worker;
    if (claims.withdraw(seq)) return this.#listener(this.#ledger.giveBack([seq]));
    if (!this.#stopping.has(task)) this.#stopping.set(task, "wanted");
    // Not the one that runs: its result is on the way, or it is about to begin and the next probe finds it.
    if (claims.running()?.seq !== seq) return;
    if (this.#stopsBusyWorkers) {
      this.#worker.end();
      return this.#tellEnd({ type: "stopped", seq }, claims.running());
    }
    // It ends itself when the job lets it come to its messages; if not, the job's end is awaited.
    if (this.#stopping.get(task) === "asked") return;
    this.#stopping.set(task, "asked");
    const request: StopMessage = { type: "stop", seq };
    this.#worker.post(request);
  }

  probe(): void {
    const running = this.#worker.claims.running();
    const task = running === undefined ? undefined : this.#ledger.get(running.seq);
    if (running === undefined || task === undefined) return;
    if (this.#stopping.has(task)) return this.stop(task);
    this.#listener([{ type: "started", task, startedAtMs: running.startedAtMs }]);
  }

  close(): Promise<void> {
    this.#worker.end();
    return Promise.resolve();
  }

  #receive(message: WorkerMessage): void {
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
      default:
        assertNever(message);
    }
  }

  #tellEnd(end: SlotEnd, running: Running | undefined): void {
    const { seq, ending, report, how } = workerEnding(end, running);
    this.#listener([...this.#ledger.endAll(seq, ending, report), { type: "gone", how }]);
  }
}
