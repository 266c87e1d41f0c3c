import type { Code, RunnerMessage } from "../proto/executor.ts";
import { assertNever } from "../proto/states.ts";
import { Claims } from "../runtime/claims.ts";
import type { WorkerInit } from "../runtime/worker_entry.ts";
import { unpackValue } from "../wire/value.ts";
import { workerEntry } from "./entries.ts";
import { refused, TaskLedger } from "./task_ledger.ts";
import type { Slot, SlotListener, SlotTask } from "./types.ts";

/** A slot in a web-standard Worker of this process. */
export class WorkerSlot implements Slot {
  readonly #worker: Worker;
  readonly #claims = new Claims();
  readonly #ledger = new TaskLedger();
  readonly #listener: SlotListener;
  #ended = false;

  /**
   * Starts the Worker; `ready` or `failed` follows.
   *
   * @param code The job's code; the Worker starts meanwhile. A slot whose code does not come must be closed.
   * @param listener Takes the events.
   */
  constructor(code: Promise<Code>, listener: SlotListener) {
    this.#listener = listener;
    this.#worker = new Worker(workerEntry(), { type: "module" });
    this.#worker.onmessage = (event: MessageEvent<RunnerMessage>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      // Without this, Deno ends the whole process for an error in one Worker.
      event.preventDefault();
      this.#crash(`with an uncaught error: ${firstLine(event.message)}`);
    };
    // Bun tells of a Worker's end by this event, Deno not at all: `exit` is told by the runner in both.
    this.#worker.addEventListener("close", () => this.#crash("by ending its Worker"));
    void this.#init(code);
  }

  async #init(code: Promise<Code>): Promise<void> {
    const init: WorkerInit = { type: "init", code: await code, claims: this.#claims.buffer };
    if (!this.#ended) this.#worker.postMessage(init);
  }

  assign(tasks: readonly SlotTask[]): void {
    if (!this.#ledger.hasRoomFor(tasks.length)) return this.#listener(refused(tasks));
    const batch = this.#ledger.add(tasks);
    const transfer = tasks.flatMap((task) => task.args.transfer ?? []);
    if (transfer.length === 0) this.#worker.postMessage(batch);
    else this.#worker.postMessage(batch, transfer);
  }

  retract(task: SlotTask): void {
    if (this.#ledger.get(task.seq) !== task) return;
    if (this.#claims.withdraw(task.seq)) return this.#listener(this.#ledger.giveBack(task));
    const running = this.#claims.running();
    const startedAtMs = running?.startedAtMs ?? performance.timeOrigin + performance.now();
    this.#listener([{ type: "started", task, startedAtMs }]);
  }

  stop(task: SlotTask): void {
    if (this.#ledger.get(task.seq) !== task) return;
    if (this.#claims.withdraw(task.seq)) return this.#listener(this.#ledger.giveBack(task));
    // Not the one that runs: its result is on the way.
    if (this.#claims.running()?.seq !== task.seq) return;
    this.#end();
    // Meanwhile it may have ended by itself and another one begun, which is not the one to stop.
    const stopped = this.#claims.running()?.seq === task.seq ? task.seq : undefined;
    this.#listener([
      ...this.#ledger.endAll(stopped, { kind: "stopped" }),
      { type: "gone", how: "on request" },
    ]);
  }

  probe(): void {
    const running = this.#claims.running();
    const task = running === undefined ? undefined : this.#ledger.get(running.seq);
    if (running === undefined || task === undefined) return;
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
      case "exit":
        return this.#crash(`by calling exit(${message.code})`);
      default:
        assertNever(message);
    }
  }

  #crash(how: string): void {
    if (this.#ended) return;
    this.#end();
    const running = this.#claims.running()?.seq;
    const events = this.#ledger.endAll(running, { kind: "crashed", how });
    this.#listener([...events, { type: "gone", how }]);
  }

  #end(): void {
    this.#ended = true;
    this.#worker.terminate();
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
