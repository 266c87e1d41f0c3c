import { setImmediate } from "node:timers";
import type { Lease, LocalEffect } from "../core/scheduler/effects.ts";
import type { LocalEvent } from "../core/scheduler/events.ts";
import { nextWakeMs, step } from "../core/scheduler/machine.ts";
import { createSchedulerState } from "../core/scheduler/state.ts";
import type { OutputStream } from "../proto/executor.ts";
import type { JobId, NodeId } from "../proto/ids.ts";
import type { JobPolicy } from "../proto/jobs.ts";
import { assertNever } from "../proto/states.ts";
import type { SlotProvider } from "../slots/provider.ts";
import type { PackedArgs, SlotEvent, SlotTask, TaskReport } from "../slots/types.ts";
import { type JobEnd, outcomeOf, type Refusal, refusedEnd } from "./job_end.ts";

/** Whoever submitted a job hears of it here. `Job` is what it knows the job by. */
export type DispatchListener<Job> = {
  /** An attempt runs since `atMs`, in milliseconds since the epoch. Of short ones only the end is told. */
  started(job: Job, node: NodeId, attempt: number, atMs: number): void;
  ended(job: Job, end: JobEnd): void;
  /** Leases are about to be handed to a node. */
  assigned?(node: NodeId, leases: readonly Lease[]): void;
  /** A lease came back that never began. */
  returned?(job: JobId): void;
  /** A running attempt has printed something; only of providers that were asked to tell. */
  output?(job: Job, stream: OutputStream, text: string): void;
};

/** A job whose end is not known yet. */
type OpenJob<Job> = {
  readonly job: Job;
  readonly args: PackedArgs;
  /** What the slot that holds it knows it by. */
  task: SlotTask | undefined;
  /** Of the last attempt, if it was stopped. */
  stopped: TaskReport | undefined;
};

/** How often running jobs are looked for; time limits and the status `running` are late by this at most. */
const probeIntervalMs = 25;

/**
 * The shell around the scheduler: feeds it with what users and slots do, and does what it says.
 *
 * Submits of one turn of the event loop go into one step, so that a loop of submits is placed in batches and a single
 * one is placed at once.
 */
export class Dispatcher<Job extends { readonly id: JobId }> {
  readonly #listener: DispatchListener<Job>;
  readonly #state = createSchedulerState({ seed: Date.now() });
  readonly #open = new Map<JobId, OpenJob<Job>>();
  readonly #nodes = new Map<NodeId, { readonly provider: SlotProvider; readonly slots: number }>();
  #events: LocalEvent[] = [];
  /** Slots of all nodes. */
  #slots = 0;
  #flushing = false;
  #stepping = false;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;
  #wakeAtMs = Infinity;
  #probeTimer: ReturnType<typeof setInterval> | undefined;
  #idleWaiters: (() => void)[] = [];
  /** What the step under way wants back. */
  readonly #retracted = new Map<NodeId, SlotTask[]>();
  #refusal: Refusal | undefined;

  constructor(listener: DispatchListener<Job>) {
    this.#listener = listener;
  }

  /** Slots of all nodes that are up. */
  get slots(): number {
    return this.#slots;
  }

  /** Jobs that have not ended. */
  get pending(): number {
    return this.#open.size;
  }

  /** Takes a job in; it is placed before the event loop turns. */
  submit(job: Job, args: PackedArgs, policy: JobPolicy): void {
    if (this.#refusal !== undefined) return this.#listener.ended(job, refusedEnd(this.#refusal));
    this.#open.set(job.id, { job, args, task: undefined, stopped: undefined });
    this.#push({ type: "submit", job: job.id, policy });
    this.#probeTimer ??= setInterval(() => this.#probe(), probeIntervalMs);
  }

  /** Has a job stopped. */
  cancel(id: JobId): void {
    this.#push({ type: "cancel", job: id });
  }

  /** Has a job taken back and cancelled if it has not begun. */
  withdraw(id: JobId): void {
    this.#push({ type: "withdraw", job: id });
  }

  /** Has every job stopped. */
  cancelAll(): void {
    for (const job of this.#open.keys()) this.#push({ type: "cancel", job });
  }

  /** Has every job that has not begun taken back and cancelled. */
  withdrawAll(): void {
    for (const job of this.#open.keys()) this.#push({ type: "withdraw", job });
  }

  /** Waits until no job is open. */
  async idle(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Takes what a provider's node says; see `ProviderListener`. */
  receive(provider: SlotProvider, node: NodeId, events: readonly SlotEvent[]): void {
    for (const event of events) {
      const translated = this.#translate(provider, node, event);
      if (translated !== undefined) this.#events.push(translated);
    }
    // At once, for a slot may be waiting; but what answers an effect of a step comes after that step.
    if (!this.#stepping) this.#step();
  }

  /**
   * Ends every open job, and every one submitted later, without a result. Nothing is placed afterwards.
   *
   * @param refusal What their owners are told.
   */
  endAll(refusal: Refusal): void {
    this.#refusal ??= refusal;
    clearTimeout(this.#wakeTimer);
    clearInterval(this.#probeTimer);
    this.#nodes.clear();
    for (const open of [...this.#open.values()]) this.#end(open, refusedEnd(refusal));
  }

  #push(event: LocalEvent): void {
    this.#events.push(event);
    if (this.#flushing || this.#stepping) return;
    this.#flushing = true;
    // An idle slot must not wait. When all have work, what is submitted one by one goes out together.
    if (this.#open.size <= this.#slots) queueMicrotask(() => this.#step());
    else setImmediate(() => this.#step());
  }

  #translate(provider: SlotProvider, node: NodeId, event: SlotEvent): LocalEvent | undefined {
    switch (event.type) {
      case "ready":
        this.#nodes.set(node, { provider, slots: event.slots });
        this.#slots += event.slots;
        return { type: "nodeUp", node, slots: event.slots };
      case "gone":
        this.#slots -= this.#nodes.get(node)?.slots ?? 0;
        this.#nodes.delete(node);
        return { type: "nodeDown", node };
      case "failed":
        this.endAll({ status: "refused", error: event.error });
        return undefined;
      case "started": {
        const { job, lease } = event.task;
        const startedAtMs = event.startedAtMs - performance.timeOrigin;
        return { type: "started", node, job, lease, startedAtMs };
      }
      case "output": {
        const { task, stream, text } = event;
        const open = this.#open.get(task.job);
        if (open?.task === task) this.#listener.output?.(open.job, stream, text);
        return undefined;
      }
      case "returned":
        this.#listener.returned?.(event.task.job);
        return { type: "returned", node, job: event.task.job, lease: event.task.lease };
      case "done": {
        const { job, lease } = event.task;
        const outcome = outcomeOf(event.ending, event.report);
        const open = outcome.kind === "stopped" ? this.#open.get(job) : undefined;
        if (open !== undefined) open.stopped = event.report;
        return { type: "done", node, job, lease, outcome, runMs: event.report.runMs };
      }
      default:
        return assertNever(event);
    }
  }

  #step(): void {
    this.#flushing = false;
    if (this.#refusal !== undefined || this.#events.length === 0) return;
    this.#stepping = true;
    let nowMs: number;
    do {
      const events = this.#events;
      this.#events = [];
      nowMs = performance.now();
      for (const effect of step(this.#state, events, nowMs)) this.#perform(effect);
      this.#retract();
    } while (this.#events.length > 0);
    this.#stepping = false;
    this.#scheduleWake(nowMs);
  }

  #perform(effect: LocalEffect): void {
    switch (effect.type) {
      case "assign":
        return this.#assign(effect.node, effect.leases);
      case "retract": {
        const task = this.#open.get(effect.job)?.task;
        if (task === undefined) return;
        const tasks = this.#retracted.get(effect.node);
        if (tasks === undefined) this.#retracted.set(effect.node, [task]);
        else tasks.push(task);
        return;
      }
      case "stop": {
        const task = this.#open.get(effect.job)?.task;
        if (task !== undefined) this.#nodes.get(effect.node)?.provider.stop(effect.node, task);
        return;
      }
      case "retry":
        return;
      case "running": {
        const open = this.#open.get(effect.job);
        const atMs = effect.startedAtMs + performance.timeOrigin;
        if (open === undefined) return;
        this.#listener.started(open.job, effect.node, effect.attempt, atMs);
        return;
      }
      case "settle": {
        const open = this.#open.get(effect.job);
        if (open !== undefined) this.#end(open, withStopped(effect, open.stopped));
        return;
      }
      default:
        assertNever(effect);
    }
  }

  #assign(node: NodeId, leases: readonly Lease[]): void {
    const tasks: SlotTask[] = [];
    for (const { job, lease } of leases) {
      const open = this.#open.get(job);
      if (open === undefined) continue;
      const task = { job, lease, args: open.args, seq: -1 };
      open.task = task;
      open.stopped = undefined;
      tasks.push(task);
    }
    this.#listener.assigned?.(node, leases);
    this.#nodes.get(node)?.provider.assign(node, tasks);
  }

  /** Asks each node but once for all that a step wants back: where jobs are short it may be hundreds. */
  #retract(): void {
    for (const [node, tasks] of this.#retracted) {
      this.#nodes.get(node)?.provider.retract(node, tasks);
    }
    this.#retracted.clear();
  }

  #end(open: OpenJob<Job>, end: JobEnd): void {
    this.#open.delete(open.job.id);
    this.#listener.ended(open.job, end);
    if (this.#open.size > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #scheduleWake(nowMs: number): void {
    const wakeAtMs = nextWakeMs(this.#state) ?? Infinity;
    if (wakeAtMs === this.#wakeAtMs) return;
    clearTimeout(this.#wakeTimer);
    this.#wakeAtMs = wakeAtMs;
    if (wakeAtMs === Infinity) return;
    this.#wakeTimer = setTimeout(() => {
      this.#wakeAtMs = Infinity;
      this.#push({ type: "tick" });
    }, Math.max(1, Math.ceil(wakeAtMs - nowMs)));
  }

  #probe(): void {
    const providers = new Set([...this.#nodes.values()].map(({ provider }) => provider));
    for (const provider of providers) provider.probe();
    if (this.#open.size > 0) return;
    clearInterval(this.#probeTimer);
    this.#probeTimer = undefined;
  }
}

function withStopped(end: JobEnd, stopped: TaskReport | undefined): JobEnd {
  return stopped === undefined ? end : { ...end, stopped };
}
