import type {
  Code,
  ExitMessage,
  JobPlace,
  RunnerMessage,
  StopMessage,
  TaskBatch,
} from "../proto/executor.ts";
import type { SlotEnd } from "../proto/shared_executor.ts";
import { Claims, type Running } from "./claims.ts";
import type { WorkerInit } from "./worker_entry.ts";

/** What a job's Worker is made of. */
export type JobWorkerOptions = {
  /** Its main module, `worker_entry.ts`. */
  readonly entry: string | URL;
  /** The job's code; the Worker starts meanwhile. If it does not come, the Worker must be ended. */
  readonly code: Promise<Code>;
  readonly place: JobPlace;
  /** Whether to tell what tasks print while they run. */
  readonly live: boolean;
};

/** What its runner says; its end is told on its own. */
export type WorkerMessage = Exclude<RunnerMessage, ExitMessage | { readonly type: "stopped" }>;

/** Whoever started it. */
export type JobWorkerListener = {
  readonly said: (message: WorkerMessage) => void;
  /** Called once, with what ran at the end; not after `end()`. */
  readonly ended: (end: SlotEnd, running: Running | undefined) => void;
};

/** A web-standard Worker of this process with a job's code in it. */
export class JobWorker {
  readonly claims = new Claims();
  readonly #worker: Worker;
  readonly #listener: JobWorkerListener;
  #ended = false;

  /** Starts the Worker; it says `ready` or `failed`. */
  constructor(options: JobWorkerOptions, listener: JobWorkerListener) {
    this.#listener = listener;
    this.#worker = new Worker(options.entry, { type: "module" });
    this.#worker.onmessage = (event: MessageEvent<RunnerMessage>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      // Without this, Deno ends the whole process for an error in one Worker.
      event.preventDefault();
      this.#end({ type: "lost", how: `with an uncaught ${lineOf(event.message)}` });
    };
    // Bun tells of a Worker's end by this event, Deno not at all: `exit` is told by the runner in both.
    this.#worker.addEventListener(
      "close",
      () => this.#end({ type: "lost", how: "by ending its Worker" }),
    );
    void this.#init(options);
  }

  async #init({ code, place, live }: JobWorkerOptions): Promise<void> {
    const claims = this.claims.buffer;
    const init: WorkerInit = { type: "init", code: await code, place, claims, live };
    if (!this.#ended) this.#worker.postMessage(init);
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Hands tasks over; `transfer` is moved into the Worker. */
  post(message: TaskBatch | StopMessage, transfer: readonly ArrayBuffer[] = []): void {
    if (transfer.length === 0) this.#worker.postMessage(message);
    else this.#worker.postMessage(message, [...transfer]);
  }

  /** Ends it, as far as the runtime can: Deno cannot end one that is busy. */
  end(): void {
    this.#ended = true;
    this.#worker.terminate();
  }

  #receive(message: RunnerMessage): void {
    if (this.#ended) return;
    if (typeof message === "string") return this.#listener.said(message);
    if (message.type === "exit" || message.type === "stopped") return this.#end(message);
    this.#listener.said(message);
  }

  #end(end: SlotEnd): void {
    if (this.#ended) return;
    this.end();
    this.#listener.ended(end, this.claims.running());
  }
}

/** The line of an error event's text that says what was thrown; Bun shows the code around the place before it. */
function lineOf(text: string): string {
  const line = text.split("\n").find((each) => !/^\s*(?:\d+ \|.*|\^*)$/.test(each)) ?? "error";
  return line.replace(/^Uncaught (?:\(in promise\) )?/, "");
}
