import type { Lease } from "../../lib/core/scheduler/effects.ts";
import type { LocalEvent } from "../../lib/core/scheduler/events.ts";
import type { NodeId } from "../../lib/proto/ids.ts";
import type { Outcome } from "../../lib/proto/jobs.ts";
import type { OneWay } from "./one_way.ts";
import type { SimOptions } from "./options.ts";
import type { VirtualClock } from "./virtual_clock.ts";
import type { Run } from "./workload.ts";

type DoneEvent = Extract<LocalEvent, { type: "done" }>;

/** An attempt in a slot. */
export type Execution = {
  readonly held: Lease;
  readonly startedAtMs: number;
  /** The connection its lease came by; another one means that the scheduler has given the lease up. */
  readonly connection: OneWay | undefined;
  over: boolean;
};

/** What a node needs of the world around it. */
export type NodeWorld = {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly options: SimOptions;
  /** Brings a message to the scheduler. */
  readonly deliver: (event: LocalEvent) => void;
  /** Says what an attempt that begins now will do. */
  readonly begin: (node: NodeId, held: Lease) => Run;
  /** Told of every attempt that has ended, however. */
  readonly ended: (execution: Execution, intact: boolean) => void;
  readonly resultOf: (held: Lease) => unknown;
};

/**
 * A node with slots, as `lib/core/scheduler/events.ts` asks of one: it runs its leases in the order it got them, says
 * `started` when asked to give back what has begun and of what runs long, `returned` for what never began, and `done`.
 */
export class SimNode {
  readonly id: NodeId;
  readonly #world: NodeWorld;
  #connection: OneWay | undefined;
  #free: number;
  #waiting: Lease[] = [];
  readonly #running = new Set<Execution>();
  /** Ends that were told by a connection that may have lost them. */
  #outbox: DoneEvent[] = [];

  constructor(world: NodeWorld, id: NodeId, slots: number) {
    this.#world = world;
    this.id = id;
    this.#free = slots;
  }

  /** Whether a slot works. */
  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  assign(leases: readonly Lease[]): void {
    this.#waiting.push(...leases);
    this.#fillSlots();
  }

  retract(lease: Lease): void {
    if (this.#takeWaiting(lease)) return this.#returned(lease);
    const execution = this.#find(lease);
    if (execution !== undefined) this.#started(execution);
  }

  stop(lease: Lease): void {
    if (this.#takeWaiting(lease)) return this.#returned(lease);
    const execution = this.#find(lease);
    if (execution !== undefined) this.#kill(execution, () => ({ kind: "stopped" }));
  }

  /** The process is gone, with all it ran and all it had to say. */
  die(): void {
    this.#connection = undefined;
    this.#waiting = [];
    for (const execution of this.#running) this.#finish(execution);
    this.#outbox = [];
  }

  /** The connection is gone; the node works on. */
  disconnect(): void {
    this.#connection = undefined;
  }

  /** A new connection: what came by the old one is given back, and ends that may not have arrived are told again. */
  connect(connection: OneWay): void {
    const waiting = this.#waiting.splice(0);
    for (const execution of this.#running) this.#kill(execution, undefined);
    this.#connection = connection;
    for (const lease of waiting.reverse()) this.#returned(lease);
    for (const done of this.#outbox.splice(0)) connection.send(() => this.#world.deliver(done));
  }

  #fillSlots(): void {
    while (this.#free > 0) {
      const held = this.#waiting.shift();
      if (held === undefined) return;
      this.#free -= 1;
      this.#run(held);
    }
  }

  #run(held: Lease): void {
    const { clock, options } = this.#world;
    const { kind, durationMs } = this.#world.begin(this.id, held);
    const startedAtMs = clock.nowMs;
    const connection = this.#connection;
    const execution: Execution = { held, startedAtMs, connection, over: false };
    this.#running.add(execution);
    if (kind !== "hang") clock.at(startedAtMs + durationMs, () => this.#end(execution, kind));
    if (durationMs <= options.noticeMs) return;
    clock.at(startedAtMs + options.noticeMs, () => {
      if (!execution.over) this.#started(execution);
    });
  }

  #end(execution: Execution, kind: "finished" | "threw" | "crashed"): void {
    if (execution.over) return;
    this.#finish(execution);
    this.#done(execution, { kind, detail: this.#world.resultOf(execution.held) });
    if (kind !== "crashed") {
      this.#free += 1;
      return this.#fillSlots();
    }
    // Some of what waits was in the process that crashed.
    const { random } = this.#world;
    if (random() < 0.5) {
      const count = Math.floor(random() * (this.#waiting.length + 1));
      for (let index = 0; index < count; index += 1) {
        const youngest = this.#waiting.pop();
        if (youngest !== undefined) this.#returned(youngest);
      }
    }
    this.#respawn();
  }

  /** Stops an attempt for certain; until it is stopped it may still end by itself. */
  #kill(execution: Execution, tell: (() => Outcome) | undefined): void {
    const { clock, options, random } = this.#world;
    clock.at(clock.nowMs + random() * options.maxKillMs, () => {
      if (execution.over) return;
      this.#finish(execution);
      if (tell !== undefined) this.#done(execution, tell());
      this.#respawn();
    });
  }

  #respawn(): void {
    const { clock, options, random } = this.#world;
    clock.at(clock.nowMs + random() * options.maxRespawnMs, () => {
      this.#free += 1;
      this.#fillSlots();
    });
  }

  #finish(execution: Execution): void {
    execution.over = true;
    this.#running.delete(execution);
    const { connection } = execution;
    this.#world.ended(execution, connection !== undefined && connection === this.#connection);
  }

  #takeWaiting(lease: Lease): boolean {
    const index = this.#waiting.findIndex((held) => isSame(held, lease));
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  #find(lease: Lease): Execution | undefined {
    for (const execution of this.#running) if (isSame(execution.held, lease)) return execution;
    return undefined;
  }

  #done(execution: Execution, outcome: Outcome): void {
    const { job, lease } = execution.held;
    const runMs = this.#world.clock.nowMs - execution.startedAtMs;
    const done: DoneEvent = { type: "done", node: this.id, job, lease, outcome, runMs };
    this.#outbox.push(done);
    this.#tell(done);
  }

  #started({ held: { job, lease }, startedAtMs }: Execution): void {
    this.#tell({ type: "started", node: this.id, job, lease, startedAtMs });
  }

  #returned({ job, lease }: Lease): void {
    this.#tell({ type: "returned", node: this.id, job, lease });
  }

  #tell(event: LocalEvent): void {
    this.#connection?.send(() => this.#world.deliver(event));
  }
}

function isSame(a: Lease, b: Lease): boolean {
  return a.job === b.job && a.lease === b.lease;
}
