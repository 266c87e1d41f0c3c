import type { ExecutorEffect } from "../../../lib/core/executor/effects.ts";
import type { ExecutorEvent } from "../../../lib/core/executor/events.ts";
import { checkInvariants } from "../../../lib/core/executor/invariants.ts";
import { nextWakeMs, step } from "../../../lib/core/executor/machine.ts";
import { createExecutorState, type ExecutorState } from "../../../lib/core/executor/state.ts";
import { leaseKey } from "../../../lib/core/shared/lease_key.ts";
import type { Link } from "../../../lib/core/shared/link.ts";
import type { InstanceId, NodeId, SchedulerId } from "../../../lib/proto/ids.ts";
import type {
  LeaseEnd,
  NodeToScheduler,
  SchedulerToNode,
} from "../../../lib/proto/scheduler_messages.ts";
import { assertNever } from "../../../lib/proto/states.ts";
import type { Connection } from "./connection.ts";
import { Process } from "./process.ts";
import type { SchedulerProcess } from "./scheduler_process.ts";
import { Slots } from "./slots.ts";
import type { World } from "./world.ts";

/** How long a node or client waits before it dials again. */
export const maxRedialMs = 30;

/** A node daemon: the machine, its slots, its disk, and its connection. */
export class NodeProcess extends Process<ExecutorEvent> {
  state: ExecutorState;
  readonly #scheduler: SchedulerProcess;
  readonly #slotCount: number;
  /** Ends on disk. */
  readonly #disk = new Map<string, LeaseEnd>();
  #diskScheduler: { readonly scheduler?: SchedulerId; readonly epoch?: number } = {};
  #slots: Slots;
  #instances = 0;
  #nextLink = 1;
  #connection: Connection<NodeToScheduler, SchedulerToNode> | undefined;
  #link: Link | undefined;
  /** Nothing gets through to the scheduler until then. */
  cutOffUntilMs = 0;

  constructor(world: World, scheduler: SchedulerProcess, name: string, slots: number) {
    super(world, name);
    this.#scheduler = scheduler;
    this.#slotCount = slots;
    this.#slots = new Slots(this, slots);
    this.state = this.#fresh();
  }

  get isBusy(): boolean {
    return this.#slots.isBusy;
  }

  #fresh(): ExecutorState {
    this.#instances += 1;
    return createExecutorState({
      instance: `${this.name}i${this.#instances}` as InstanceId,
      slots: this.#slotCount,
      saveAfterMs: this.world.options.saveAfterMs,
      saved: [...this.#disk.values()],
      ...this.#diskScheduler,
    });
  }

  override begin(): void {
    super.begin();
    this.state = this.#fresh();
    this.#slots = new Slots(this, this.#slotCount);
    this.#dial();
  }

  override die(): void {
    super.die();
    this.#slots.die();
    this.#link = undefined;
    this.#connection?.break(this.world.random() < 0.5);
    this.#connection = undefined;
  }

  /** The connection breaks, and cannot be made again for a while. */
  cutOff(forMs: number): void {
    this.cutOffUntilMs = this.world.clock.nowMs + forMs;
    this.#connection?.break();
  }

  #dial(): void {
    const { clock, random } = this.world;
    this.later(random() * maxRedialMs, () => {
      if (!this.#scheduler.alive || clock.nowMs < this.cutOffUntilMs) return this.#dial();
      this.#connect();
    });
  }

  #connect(): void {
    const link = this.#nextLink++;
    this.#link = link;
    this.#connection = this.#scheduler.acceptNode(this.name as NodeId, {
      receive: (message) => this.tell({ type: "message", link, message }),
      broken: (sinceMs) => {
        if (this.#link !== link) return;
        this.#link = undefined;
        this.tell({ type: "linkDown", link, sinceMs: this.ownTime(sinceMs) });
        this.#dial();
      },
    });
    this.tell({ type: "linkUp", link });
  }

  protected override nextWakeMs(): number | undefined {
    return nextWakeMs(this.state);
  }

  protected override step(events: readonly ExecutorEvent[], nowMs: number): void {
    const effects = step(this.state, events, nowMs);
    for (const effect of effects) this.#perform(effect);
    checkInvariants(this.state);
  }

  #perform(effect: ExecutorEffect): void {
    this.world.noteEffect(this.name, effect);
    switch (effect.type) {
      case "save":
        return this.#save(effect.ends);
      case "unsave":
        for (const lease of effect.leases) this.#disk.delete(leaseKey(lease));
        return;
      case "run":
        return this.#slots.run(effect.leases);
      case "retract":
        return this.#slots.retract(effect.lease);
      case "stop":
        return this.#slots.stop(effect.lease);
      case "send":
        if (effect.link !== this.#link) return;
        this.#connection?.toServer(effect.message);
        if (effect.message.type === "announce") this.#flap();
        return;
      case "refuse":
        if (effect.link === this.#link) this.#connection?.break();
        return;
      case "drained":
        return this.#restart();
      default:
        assertNever(effect);
    }
  }

  /** The connection breaks, or all of the node dies, just when it has announced itself. */
  #flap(): void {
    const { random, options, clock } = this.world;
    if (clock.nowMs >= options.faultsEndMs || random() >= options.flapRate) return;
    if (random() < 0.7) return this.cutOff(random() * options.lostMs);
    this.later(0, () => {
      this.die();
      this.begin();
    });
  }

  /** It takes a moment until it is on disk. */
  #save(ends: readonly LeaseEnd[]): void {
    const { scheduler, epoch } = this.state;
    this.#diskScheduler = scheduler === undefined ? {} : { scheduler, epoch };
    const { random, options } = this.world;
    this.later(random() * options.maxCommitMs, () => {
      for (const end of ends) {
        // Acknowledged meanwhile.
        if (this.state.outbox.has(end)) this.#disk.set(leaseKey(end), end);
      }
    });
  }

  /** It had been asked to drain, and is started again once all is on disk. */
  #restart(): void {
    this.world.ledger.count("drained");
    this.later(this.world.options.maxCommitMs, () => {
      this.die();
      this.begin();
    });
  }
}
