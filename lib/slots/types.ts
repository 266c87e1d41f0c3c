import type { Carried, OutputStream, Packed } from "../proto/executor.ts";
import type { JobId } from "../proto/ids.ts";

/** The arguments of one call, ready to be handed to a slot. */
export type PackedArgs = {
  readonly packed: Carried;
  /** Objects that `packed` refers to, which are handed over instead of being copied. */
  readonly references?: readonly unknown[];
  /** Of these, the ones that are moved into the Worker. The call can then be handed over once. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Bytes that the call may use; only a slot in a process can keep to it. */
  readonly memoryLimitBytes?: number;
};

/** One lease of a job on a slot. */
export type SlotTask = {
  readonly job: JobId;
  readonly lease: number;
  readonly args: PackedArgs;
  /** The slot's number for it, given when it is assigned. */
  seq: number;
};

/** What a task printed and how long it ran. */
export type TaskReport = {
  readonly runMs: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** A task ended with what it ran in. */
export type Crash = {
  readonly kind: "crashed";
  /** Completes "The job ended what it ran in, …". */
  readonly how: string;
  /** The error that nobody caught, if it was one. */
  readonly packed?: Packed;
  /** The memory limit that it exceeded, if it was ended for that. */
  readonly memoryLimitBytes?: number;
};

/** How a task ended in a slot. */
export type TaskEnding =
  /** The result is `value`, unless it is still `packed`. */
  | { readonly kind: "finished"; readonly value: unknown; readonly packed?: Carried }
  /** What was thrown. */
  | { readonly kind: "threw"; readonly packed: Carried }
  /** See {@link Crash}. */
  | Crash
  | { readonly kind: "stopped" };

/** What a slot tells its owner. */
export type SlotEvent =
  | { readonly type: "ready"; readonly slots: number }
  /** The job's code could not be loaded; the slot is of no use. */
  | { readonly type: "failed"; readonly error: unknown }
  /** `startedAtMs` is in milliseconds since the epoch. */
  | { readonly type: "started"; readonly task: SlotTask; readonly startedAtMs: number }
  /** The task has printed something. Told where it was asked for. */
  | {
    readonly type: "output";
    readonly task: SlotTask;
    readonly stream: OutputStream;
    readonly text: string;
  }
  | {
    readonly type: "done";
    readonly task: SlotTask;
    readonly ending: TaskEnding;
    readonly report: TaskReport;
  }
  /** The task has not begun and will not: it was taken back, or what would have run it is gone. */
  | { readonly type: "returned"; readonly task: SlotTask }
  /** Its Worker or process has ended, after every task was accounted for. */
  | { readonly type: "gone"; readonly how: string };

/** Runs one task at a time, and holds some more ahead. Events of one turn come in one list, oldest first. */
export interface Slot {
  /** Whether it holds no task. */
  readonly isIdle: boolean;
  /** Hands tasks over, to be run in this order. */
  assign(tasks: readonly SlotTask[]): void;
  /** Takes tasks back that have not begun: answers `returned` or `started` for each. */
  retract(tasks: readonly SlotTask[]): void;
  /** Makes sure that the task does not run any more: answers `returned` or `done`; `gone` follows if that killed it. */
  stop(task: SlotTask): void;
  /** Asks for a `started` event of what runs now. */
  probe(): void;
  /** Ends it with everything it runs; there are no events afterwards. */
  close(): Promise<void>;
}

/** Takes a slot's events. */
export type SlotListener = (events: readonly SlotEvent[]) => void;
