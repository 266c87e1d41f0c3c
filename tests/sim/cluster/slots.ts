import type { ExecutorEvent } from "../../../lib/core/executor/events.ts";
import { leaseKey } from "../../../lib/core/shared/lease_key.ts";
import type { LeaseRef } from "../../../lib/proto/jobs.ts";
import type { AssignedLease } from "../../../lib/proto/scheduler_messages.ts";
import type { NodeProcess } from "./node_process.ts";

/** An attempt in a slot. */
type Execution = { readonly lease: AssignedLease; readonly startedAtMs: number; over: boolean };

/** The slots of a node: they run leases in the order they got them, as the shell of a node has them do. */
export class Slots {
  readonly #node: NodeProcess;
  #free: number;
  #waiting: AssignedLease[] = [];
  readonly #running = new Map<string, Execution>();

  constructor(node: NodeProcess, slots: number) {
    this.#node = node;
    this.#free = slots;
  }

  get isBusy(): boolean {
    return this.#running.size + this.#waiting.length > 0;
  }

  run(leases: readonly AssignedLease[]): void {
    this.#waiting.push(...leases);
    this.#fill();
  }

  retract(lease: LeaseRef): void {
    if (this.#takeWaiting(lease)) return this.#tell({ type: "returned", lease });
    const execution = this.#running.get(leaseKey(lease));
    if (execution !== undefined) this.#started(execution);
  }

  stop(lease: LeaseRef): void {
    if (this.#takeWaiting(lease)) return this.#tell({ type: "returned", lease });
    const execution = this.#running.get(leaseKey(lease));
    if (execution === undefined) return;
    const { random, options } = this.#node.world;
    this.#node.later(random() * options.maxKillMs, () => {
      if (!execution.over) this.#end(execution, "stopped");
    });
  }

  /** The node is gone with all that ran. */
  die(): void {
    for (const execution of this.#running.values()) {
      execution.over = true;
      this.#node.world.ledger.ended(execution.lease, "killed");
    }
  }

  #fill(): void {
    while (this.#free > 0) {
      const lease = this.#waiting.shift();
      if (lease === undefined) return;
      this.#free -= 1;
      this.#begin(lease);
    }
  }

  #begin(lease: AssignedLease): void {
    const { ledger, options } = this.#node.world;
    const { kind, durationMs } = ledger.began(lease, this.#node.name);
    const execution: Execution = { lease, startedAtMs: this.#node.nowMs, over: false };
    this.#running.set(leaseKey(lease), execution);
    this.#node.later(durationMs, () => {
      if (!execution.over) this.#end(execution, kind);
    });
    if (durationMs <= options.noticeMs) return;
    this.#node.later(options.noticeMs, () => {
      if (!execution.over) this.#started(execution);
    });
  }

  #end(execution: Execution, kind: "finished" | "threw" | "crashed" | "stopped"): void {
    const { lease, startedAtMs } = execution;
    const { ledger } = this.#node.world;
    execution.over = true;
    this.#running.delete(leaseKey(lease));
    ledger.ended(lease, kind);
    const detail = ledger.detailOf(lease);
    const outcome = kind === "stopped" ? { kind } : { kind, detail };
    const runMs = this.#node.nowMs - startedAtMs;
    this.#tell({ type: "ended", lease: refOf(lease), outcome, runMs });
    if (kind === "crashed") this.#crashBeside();
    this.#free += 1;
    this.#fill();
  }

  /** Some of what waits was in the process that crashed, and is given back, youngest first. */
  #crashBeside(): void {
    const { random } = this.#node.world;
    if (random() < 0.5) return;
    for (let count = Math.floor(random() * (this.#waiting.length + 1)); count > 0; count -= 1) {
      const youngest = this.#waiting.pop();
      if (youngest !== undefined) this.#tell({ type: "returned", lease: refOf(youngest) });
    }
  }

  #started({ lease, startedAtMs }: Execution): void {
    this.#tell({ type: "started", lease: refOf(lease), startedAtMs });
  }

  #takeWaiting(lease: LeaseRef): boolean {
    const key = leaseKey(lease);
    const index = this.#waiting.findIndex((held) => leaseKey(held) === key);
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  #tell(event: ExecutorEvent): void {
    this.#node.tell(event);
  }
}

function refOf({ job, lease, epoch }: AssignedLease): LeaseRef {
  return { job, lease, epoch };
}
