import type { SlotAnswer, SlotRequest, SlotTaskStart } from "../proto/shared_executor.ts";
import { formatByteSize } from "../proto/byte_size.ts";
import { UsageError } from "../proto/errors.ts";
import { assertNever } from "../proto/states.ts";
import { packThrown } from "../runtime/thrown.ts";
import { unpackValue } from "../wire/value.ts";
import { runMsSince, workerEnding } from "./crash.ts";
import { tellStray } from "./stray.ts";
import { refused, TaskLedger } from "./task_ledger.ts";
import type { Slot, SlotEvent, SlotListener, SlotTask, TaskEnding } from "./types.ts";

type WithoutSlot<Request> = Request extends unknown ? Omit<Request, "slot"> : never;

/** A slot's way to its process. */
export type SharedSlotPort = {
  readonly sendText: (text: string) => void;
  readonly send: (request: WithoutSlot<SlotRequest>) => void;
  readonly stopsBusyWorkers: boolean;
  /** Ends its Worker, as far as the runtime can; then nothing is told of it any more. */
  readonly close: () => void;
};

/** How long a Worker that cannot be ended may take to end itself, before its process is killed. */
const stopGraceMs = 200;

/** A slot in a Worker of an executor process that holds others as well. */
export class SharedSlot implements Slot {
  readonly #listener: SlotListener;
  readonly #port: SharedSlotPort;
  readonly #ledger = new TaskLedger();
  readonly #stopping = new Set<SlotTask>();

  constructor(listener: SlotListener, port: SharedSlotPort) {
    this.#listener = listener;
    this.#port = port;
  }

  get isIdle(): boolean {
    return this.#ledger.isEmpty;
  }

  assign(tasks: readonly SlotTask[]): void {
    const limited = tasks.filter(({ args }) => args.memoryLimitBytes !== undefined);
    if (limited.length > 0) this.#listener(limited.map(refuseLimit));
    const others = tasks.filter((task) => !limited.includes(task));
    if (others.length === 0) return;
    if (!this.#ledger.hasRoomFor(others.length)) return this.#listener(refused(others));
    const batch = this.#ledger.add(others);
    if (typeof batch === "string") this.#port.sendText(batch);
    else this.#port.send({ type: "tasks", batch });
  }

  retract(tasks: readonly SlotTask[]): void {
    const seqs = this.#ledger.seqsOf(tasks);
    if (seqs.length > 0) this.#port.send({ type: "retract", seqs });
  }

  stop(task: SlotTask): void {
    if (this.#ledger.get(task.seq) !== task) return;
    this.#stopping.add(task);
    // If it has not begun, it comes back; if it has, the answer tells and its Worker is ended.
    this.retract([task]);
  }

  probe(): void {
    this.#port.send({ type: "probe" });
  }

  close(): Promise<void> {
    this.#port.close();
    return Promise.resolve();
  }

  /** Takes results. */
  settle(text: string): void {
    this.#listener(this.#ledger.settle(text));
  }

  /** Takes all else that its Worker says, and what is said of it. */
  receive(answer: Exclude<SlotAnswer, { readonly type: "killed" }>): void {
    switch (answer.type) {
      case "said":
        return this.#listener(this.#translate(answer.message));
      case "returned":
        return this.#listener(this.#ledger.giveBack(answer.seqs));
      case "begun":
        return this.#onBegun(answer);
      case "ended": {
        const { seq, ending, report, how } = workerEnding(answer.end, answer.running);
        return this.#listener([...this.#ledger.endAll(seq, ending, report), { type: "gone", how }]);
      }
      default:
        assertNever(answer);
    }
  }

  /**
   * Its process is gone.
   *
   * @param stopped What ran here, if the process was killed to stop it. Nothing else is to blame: it runs again.
   */
  lose(how: string, stopped: SlotTaskStart | undefined): void {
    const runMs = stopped === undefined ? 0 : runMsSince(stopped.startedAtMs);
    const events = this.#ledger.endAll(stopped?.seq, { kind: "stopped" }, { runMs });
    this.#listener([...events, { type: "gone", how }]);
  }

  #translate(message: Extract<SlotAnswer, { type: "said" }>["message"]): SlotEvent[] {
    switch (message.type) {
      case "results":
        return this.#ledger.settle(message);
      case "ready":
        return [{ type: "ready", slots: 1 }];
      case "failed":
        return [{ type: "failed", error: unpackValue(message.error) }];
      case "output": {
        const { seq, ...output } = message;
        const task = this.#ledger.get(seq);
        return task === undefined ? [] : [{ ...output, task }];
      }
      case "stray":
        tellStray(message.text);
        return [];
      default:
        return assertNever(message);
    }
  }

  #onBegun({ seq, running, startedAtMs }: Extract<SlotAnswer, { type: "begun" }>): void {
    const task = this.#ledger.get(seq);
    if (task === undefined) return;
    if (!this.#stopping.has(task)) return this.#listener([{ type: "started", task, startedAtMs }]);
    // If it is not the one that runs, its result is on the way.
    if (!running) return;
    this.#port.send({ type: "stop", seq });
    if (this.#port.stopsBusyWorkers) return;
    // Asked again by a probe meanwhile, it is told of twice, which does no harm.
    setTimeout(() => {
      if (this.#ledger.get(seq) === task) this.#port.send({ type: "kill", seq });
    }, stopGraceMs);
  }
}

/** Workers share the memory of their process. */
function refuseLimit(task: SlotTask): SlotEvent {
  const limit = formatByteSize(task.args.memoryLimitBytes ?? 0);
  const error = new UsageError(
    `Cannot keep memoryLimit ${limit} on this node: it runs jobs in Workers, which share their memory`,
  );
  error.stack = `${error.name}: ${error.message}`;
  const ending: TaskEnding = { kind: "threw", packed: packThrown(error) };
  return { type: "done", task, ending, report: { runMs: 0, stdout: "", stderr: "" } };
}
