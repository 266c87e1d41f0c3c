import type { Lease, SchedulerEffect } from "../core/scheduler/effects.ts";
import type { SchedulerEvent } from "../core/scheduler/events.ts";
import { nextWakeMs, step } from "../core/scheduler/machine.ts";
import { createSchedulerState, type JobPolicy } from "../core/scheduler/state.ts";
import type { JobId, NodeId } from "../proto/ids.ts";
import { assertNever } from "../proto/states.ts";
import type { SlotProvider } from "../slots/provider.ts";
import type { PackedArgs, SlotEvent, SlotTask } from "../slots/types.ts";
import { type Failure, neverRan, nodeName, outcomeOf, settlementOf } from "./endings.ts";
import { type Job, settleJob, type Settlement, startJob } from "./job.ts";

/** A job whose end is not known yet. */
type OpenJob = {
  readonly job: Job<unknown>;
  readonly args: PackedArgs;
  /** What the slot that holds it knows it by. */
  task: SlotTask | undefined;
};

/** How often running jobs are looked for; time limits and the status `running` are late by this at most. */
const probeIntervalMs = 25;

/**
 * The shell around the scheduler: feeds it with what users and slots do, and does what it says.
 *
 * Submits of one turn of the event loop go into one step, so that a loop of submits is placed in batches and a single
 * one is placed at once.
 */
export class Dispatcher {
  readonly #state = createSchedulerState({ seed: Date.now() });
  readonly #open = new Map<JobId, OpenJob>();
  readonly #providers = new Map<NodeId, SlotProvider>();
  #events: SchedulerEvent[] = [];
  #flushing = false;
  #stepping = false;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;
  #wakeAtMs = Infinity;
  #probeTimer: ReturnType<typeof setInterval> | undefined;
  #idleWaiters: (() => void)[] = [];
  #failure: Failure | undefined;

  /** Jobs that have not ended. */
  get pending(): number {
    return this.#open.size;
  }

  /** Takes a job in; it is placed before the event loop turns. */
  submit(job: Job<unknown>, args: PackedArgs, policy: JobPolicy): void {
    if (this.#failure !== undefined) return settleJob(job, neverRan(this.#failure));
    this.#open.set(job.id, { job, args, task: undefined });
    this.#push({ type: "submit", job: job.id, policy });
    this.#probeTimer ??= setInterval(() => this.#probe(), probeIntervalMs);
  }

  /** Has a job stopped. */
  cancel(id: JobId): void {
    this.#push({ type: "cancel", job: id });
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
   * @param failure What their owners are told.
   */
  endAll(failure: Failure): void {
    this.#failure ??= failure;
    clearTimeout(this.#wakeTimer);
    clearInterval(this.#probeTimer);
    this.#providers.clear();
    for (const open of [...this.#open.values()]) this.#end(open, neverRan(failure));
  }

  #push(event: SchedulerEvent): void {
    this.#events.push(event);
    if (this.#flushing || this.#stepping) return;
    this.#flushing = true;
    queueMicrotask(() => this.#step());
  }

  #translate(provider: SlotProvider, node: NodeId, event: SlotEvent): SchedulerEvent | undefined {
    switch (event.type) {
      case "ready":
        this.#providers.set(node, provider);
        return { type: "nodeUp", node, slots: 1 };
      case "gone":
        this.#providers.delete(node);
        return { type: "nodeDown", node };
      case "failed":
        this.endAll({ reason: "crashed", cause: event.error });
        return undefined;
      case "started": {
        const { job, lease } = event.task;
        const startedAtMs = event.startedAtMs - performance.timeOrigin;
        return { type: "started", node, job, lease, startedAtMs };
      }
      case "returned":
        return { type: "returned", node, job: event.task.job, lease: event.task.lease };
      case "done": {
        const { job, lease } = event.task;
        const outcome = outcomeOf(event.ending, event.report);
        return { type: "done", node, job, lease, outcome, runMs: event.report.runMs };
      }
      default:
        return assertNever(event);
    }
  }

  #step(): void {
    this.#flushing = false;
    if (this.#failure !== undefined) return;
    this.#stepping = true;
    let nowMs: number;
    do {
      const events = this.#events;
      this.#events = [];
      nowMs = performance.now();
      for (const effect of step(this.#state, events, nowMs)) this.#perform(effect);
    } while (this.#events.length > 0);
    this.#stepping = false;
    this.#scheduleWake(nowMs);
  }

  #perform(effect: SchedulerEffect): void {
    switch (effect.type) {
      case "assign":
        return this.#assign(effect.node, effect.leases);
      case "retract": {
        const task = this.#open.get(effect.job)?.task;
        if (task !== undefined) this.#providers.get(effect.node)?.retract(effect.node, task);
        return;
      }
      case "stop": {
        const task = this.#open.get(effect.job)?.task;
        if (task !== undefined) this.#providers.get(effect.node)?.stop(effect.node, task);
        return;
      }
      case "retry":
        return;
      case "running": {
        const open = this.#open.get(effect.job);
        const atMs = effect.startedAtMs + performance.timeOrigin;
        if (open !== undefined) startJob(open.job, nodeName(effect.node), effect.attempt, atMs);
        return;
      }
      case "settle": {
        const open = this.#open.get(effect.job);
        if (open !== undefined) this.#end(open, settlementOf(effect));
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
      tasks.push(task);
    }
    this.#providers.get(node)?.assign(node, tasks);
  }

  #end(open: OpenJob, settlement: Settlement): void {
    this.#open.delete(open.job.id);
    settleJob(open.job, settlement);
    if (this.#open.size > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #scheduleWake(nowMs: number): void {
    const wakeAtMs = nextWakeMs(this.#state, nowMs) ?? Infinity;
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
    for (const provider of new Set(this.#providers.values())) provider.probe();
    if (this.#open.size > 0) return;
    clearInterval(this.#probeTimer);
    this.#probeTimer = undefined;
  }
}
