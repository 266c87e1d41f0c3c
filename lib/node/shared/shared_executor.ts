import type { ExecutorEffect } from "../../core/executor/effects.ts";
import type { ExecutorEvent } from "../../core/executor/events.ts";
import { nextWakeMs, step } from "../../core/executor/machine.ts";
import { createExecutorState, type ExecutorState } from "../../core/executor/state.ts";
import { defaultHeartbeat } from "../../net/heartbeat.ts";
import type { Connection } from "../../net/types.ts";
import { failpoint } from "../../platform/failpoint.ts";
import type { Packed } from "../../proto/executor.ts";
import type { ComputationId, InstanceId } from "../../proto/ids.ts";
import type { ToNode } from "../../proto/scheduler_links.ts";
import type { AssignedLease } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import type { NodeParts } from "../node_parts.ts";
import { ComputationRunner } from "./computation_runner.ts";
import type { DiskOutbox } from "./disk_outbox.ts";
import { LeaseSlots, type LeaseTask } from "./lease_slots.ts";
import { SchedulerLink } from "./scheduler_link.ts";

/** Slots go back to whoever else wants them when the scheduler has had nothing to do for so long. */
const idleMs = 1000;
/** An end that is not acknowledged by then is put on disk. */
const saveAfterMs = 500;
/** How often it is asked whether the scheduler is silent. */
const suspicionMs = 500;
/** A scheduler that is just found silent was heard no longer ago than this. */
const maxUnnoticedMs = defaultHeartbeat.suspectMs + defaultHeartbeat.pingMs + suspicionMs;

/** The node's side of shared schedulers: the shell around `core/executor`. */
export class SharedExecutor {
  readonly #parts: NodeParts;
  readonly #outbox: DiskOutbox;
  readonly #state: ExecutorState;
  readonly #slots: LeaseSlots;
  readonly #links = new Map<number, SchedulerLink>();
  /** The one that the machine was told of. */
  #current: SchedulerLink | undefined;
  #isSilent = false;
  readonly #suspicionTimer: ReturnType<typeof setInterval>;
  /** Arguments of leases that the machine has not handed to the slots yet. */
  readonly #args = new Map<AssignedLease, Packed>();
  readonly #wanted = new Set<ComputationId>();
  readonly #closed = new AbortController();
  readonly #drained = Promise.withResolvers<void>();
  #events: ExecutorEvent[] = [];
  #nextLink = 1;
  #isStepPlanned = false;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #giveBackSlots: (() => void) | undefined;
  #isBorrowing = false;

  constructor(parts: NodeParts, instance: InstanceId, outbox: DiskOutbox) {
    this.#parts = parts;
    this.#outbox = outbox;
    this.#suspicionTimer = setInterval(() => this.#checkSuspicion(), suspicionMs);
    const { slots } = parts.facts;
    this.#state = createExecutorState({ instance, slots, saveAfterMs, ...outbox.found });
    const { name, isolation, platform, folder } = parts;
    const place = { dir: folder, nodeName: name };
    this.#slots = new LeaseSlots(0, {
      codeOf: (computation) => parts.codes.get(computation),
      startRunner: (code, listener) =>
        new ComputationRunner(code, { isolation, platform, folder, place }, listener),
    }, {
      started: (lease, atMs) => {
        const startedAtMs = atMs - performance.timeOrigin;
        this.#push({ type: "started", lease, startedAtMs });
      },
      ended: (lease, outcome, runMs) => this.#push({ type: "ended", lease, outcome, runMs }),
      returned: (lease) => this.#push({ type: "returned", lease }),
    });
  }

  /** Works for the scheduler at the other end of a connection, which is over when the promise resolves. */
  welcome(connection: Connection): Promise<void> {
    const over = Promise.withResolvers<void>();
    const link = new SchedulerLink(connection, this.#nextLink, {
      listener: {
        message: (from, message) => this.#receive(from, message),
        closed: (from) => {
          this.#onClosed(from);
          over.resolve();
        },
      },
      log: this.#parts.log,
    });
    this.#nextLink += 1;
    this.#links.set(link.link, link);
    link.send({ type: "hello", key: this.#outbox.key, facts: this.#parts.facts });
    return over.promise;
  }

  /** Leases that run or wait here. */
  get open(): number {
    return this.#slots.open;
  }

  /** Takes no more leases; resolves when those that run have ended and the scheduler has their ends. */
  async drain(): Promise<void> {
    if (this.#links.size === 0 && this.#slots.open === 0) return;
    this.#push({ type: "drain" });
    await this.#drained.promise;
  }

  /** Ends everything; what the scheduler has not acknowledged stays on disk. */
  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#wakeTimer);
    clearTimeout(this.#idleTimer);
    clearInterval(this.#suspicionTimer);
    await Promise.all([...this.#links.values()].map((link) => link.close()));
    await this.#slots.close();
    this.#giveBackSlots?.();
    await this.#outbox.close();
  }

  #receive(from: SchedulerLink, message: ToNode): void {
    const { link } = from;
    if (message.type === "welcome") this.#use(from);
    switch (message.type) {
      case "code":
        if (!this.#wanted.delete(message.computation)) return;
        if (!this.#parts.codes.add(message.computation, message.code)) {
          this.#parts.log.warn("code was thrown away: it does not match its hash");
        }
        return this.#slots.codeCame(message.computation);
      case "assign": {
        failpoint("assign");
        const { args, ...assign } = message;
        for (const [index, lease] of assign.leases.entries()) {
          const packed = args[index];
          if (packed !== undefined) this.#args.set(lease, packed);
        }
        return this.#push({ type: "message", link, message: assign });
      }
      default:
        return this.#push({ type: "message", link, message });
    }
  }

  /** Of several connections the scheduler greets the node on the one that it has chosen; an earlier one is over. */
  #use(link: SchedulerLink): void {
    const before = this.#current;
    if (before === link) return;
    if (before !== undefined) {
      this.#unlink(before);
      before.destroy();
    }
    this.#current = link;
    this.#isSilent = false;
    this.#push({ type: "linkUp", link: link.link });
  }

  /** As long as it was heard, it was taken for one that hears: a scheduler that was killed was not deaf before. */
  #unlink({ link }: SchedulerLink): void {
    this.#current = undefined;
    this.#wanted.clear();
    this.#push({ type: "linkDown", link, sinceMs: performance.now() });
  }

  #checkSuspicion(): void {
    const current = this.#current;
    if (current === undefined || current.isSuspect === this.#isSilent) return;
    this.#isSilent = current.isSuspect;
    const sinceMs = this.#isSilent ? performance.now() - maxUnnoticedMs : undefined;
    this.#push({ type: "silent", link: current.link, sinceMs });
  }

  #onClosed(link: SchedulerLink): void {
    this.#links.delete(link.link);
    if (this.#closed.signal.aborted) return;
    this.#parts.log.info(`scheduler ${link.name} is gone`);
    if (link === this.#current) this.#unlink(link);
  }

  #push(event: ExecutorEvent): void {
    this.#events.push(event);
    if (this.#isStepPlanned || this.#closed.signal.aborted) return;
    this.#isStepPlanned = true;
    queueMicrotask(() => this.#step());
  }

  #step(): void {
    this.#isStepPlanned = false;
    if (this.#closed.signal.aborted) return;
    const events = this.#events;
    this.#events = [];
    const nowMs = performance.now();
    for (const effect of step(this.#state, events, nowMs)) this.#perform(effect);
    // What the machine did not want now it does not want later.
    this.#args.clear();
    this.#watchIdleness();
    this.#planWake(nowMs);
  }

  #planWake(nowMs: number): void {
    clearTimeout(this.#wakeTimer);
    const wakeMs = nextWakeMs(this.#state);
    if (wakeMs === undefined) return;
    const waitMs = Math.max(1, Math.ceil(wakeMs - nowMs));
    this.#wakeTimer = setTimeout(() => this.#push({ type: "tick" }), waitMs);
  }

  #perform(effect: ExecutorEffect): void {
    switch (effect.type) {
      case "save":
        return this.#outbox.save(effect.ends, this.#state);
      case "unsave":
        return this.#outbox.remove(effect.leases);
      case "run":
        return this.#run(effect.leases);
      case "retract":
        return this.#slots.retract(effect.lease);
      case "stop":
        return this.#slots.stop(effect.lease);
      case "send":
        this.#links.get(effect.link)?.send(effect.message);
        // What was asked on an earlier link is not answered any more.
        if (effect.message.type === "announce") this.#wantCodes();
        return;
      case "refuse": {
        const link = this.#links.get(effect.link);
        this.#parts.log.warn(
          `scheduler ${link?.name} was refused: it is start ${effect.epoch} of it, and a later one is known; stop the other`,
        );
        return void link?.close();
      }
      case "drained":
        return this.#drained.resolve();
      default:
        assertNever(effect);
    }
  }

  #run(leases: readonly AssignedLease[]): void {
    const tasks = leases.map((assigned): LeaseTask => {
      const { job, lease, epoch, computation } = assigned;
      const args = this.#args.get(assigned) ?? "[]";
      return { lease: { job, lease, epoch }, computation, args };
    });
    this.#slots.run(tasks);
    this.#wantCodes();
    void this.#borrow();
  }

  #wantCodes(): void {
    const { link } = this.#state;
    if (link === undefined) return;
    for (const computation of this.#slots.codeless) {
      if (this.#wanted.has(computation)) continue;
      this.#wanted.add(computation);
      this.#links.get(link)?.send({ type: "wantCode", computation });
    }
  }

  /** Takes the node's slots while there is something to do; a client that has them is waited for. */
  async #borrow(): Promise<void> {
    if (this.#isBorrowing || this.#giveBackSlots !== undefined) return;
    this.#isBorrowing = true;
    this.#giveBackSlots = await this.#parts.broker.borrow(this.#closed.signal);
    this.#isBorrowing = false;
    if (this.#giveBackSlots !== undefined) this.#slots.resize(this.#parts.facts.slots);
  }

  #watchIdleness(): void {
    if (this.#slots.open > 0) {
      clearTimeout(this.#idleTimer);
      this.#idleTimer = undefined;
      return;
    }
    if (this.#giveBackSlots === undefined) return;
    this.#idleTimer ??= setTimeout(() => this.#lendOthers(), idleMs);
  }

  #lendOthers(): void {
    this.#idleTimer = undefined;
    if (this.#slots.open > 0) return;
    this.#slots.resize(0);
    this.#giveBackSlots?.();
    this.#giveBackSlots = undefined;
  }
}
