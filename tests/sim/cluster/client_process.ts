import type { SessionEffect } from "../../../lib/core/session/effects.ts";
import type { SessionEvent } from "../../../lib/core/session/events.ts";
import { checkInvariants } from "../../../lib/core/session/invariants.ts";
import { nextWakeMs, step } from "../../../lib/core/session/machine.ts";
import {
  createSessionState,
  type SessionState,
  type SessionTarget,
} from "../../../lib/core/session/state.ts";
import { NumberSet } from "../../../lib/core/shared/number_set.ts";
import type { Link } from "../../../lib/core/shared/link.ts";
import type { ClusterId, ComputationId, JobId, OwnerId } from "../../../lib/proto/ids.ts";
import type {
  ClientToScheduler,
  SchedulerToClient,
} from "../../../lib/proto/scheduler_messages.ts";
import { assertNever } from "../../../lib/proto/states.ts";
import type { Connection } from "./connection.ts";
import { maxRedialMs } from "./node_process.ts";
import { Process } from "./process.ts";
import type { SchedulerProcess } from "./scheduler_process.ts";
import type { WorldJob } from "./workload.ts";
import type { World } from "./world.ts";

/** A client program with its session. What it has submitted and been given it keeps on disk. */
export class ClientProcess extends Process<SessionEvent> {
  state: SessionState;
  readonly #scheduler: SchedulerProcess;
  readonly #jobs: readonly WorldJob[];
  readonly #submitted = new Set<JobId>();
  readonly #accepted = new Set<JobId>();
  readonly #gaveUp = new Map<JobId, "cancel" | "withdraw">();
  readonly #delivered = new NumberSet();
  readonly #target: SessionTarget & { readonly type: "open" };
  #attaches = false;
  #closing = false;
  #nextLink = 1;
  #link: Link | undefined;
  #connection: Connection<ClientToScheduler, SchedulerToClient> | undefined;
  cutOffUntilMs = 0;
  /** Its cluster is closed. */
  done = false;

  constructor(
    world: World,
    scheduler: SchedulerProcess,
    name: string,
    jobs: readonly WorldJob[],
  ) {
    super(world, name);
    this.#scheduler = scheduler;
    this.#jobs = jobs;
    const { maxOpenJobs } = world.options;
    this.#target = {
      type: "open",
      cluster: `cluster ${name}` as ClusterId,
      name,
      computation: "code" as ComputationId,
      options: {
        priority: Math.floor(world.random() * 2),
        exclusive: world.random() < 0.1,
        maxOpenJobs,
        maxOpenBytes: Infinity,
      },
    };
    this.state = this.#fresh();
  }

  #fresh(): SessionState {
    const { submitWindow } = this.world.options;
    const { ledger } = this.world;
    const open = this.#jobs.filter(({ id }) => this.#submitted.has(id) && !ledger.isDelivered(id));
    // One that attaches to what it left need not know the jobs there.
    const own = this.#attaches ? open.filter(({ id }) => !this.#accepted.has(id)) : open;
    const jobs = own.map(({ id, policy, bytes }) => ({ job: id, hash: id, bytes, policy }));
    return createSessionState({
      target: this.#attaches ? { type: "attach", name: this.name } : this.#target,
      submitWindow,
      quotaRetryMs: 20,
      jobs,
      delivered: this.#delivered.ranges,
    });
  }

  /** Plans what its owner does in all its lives. */
  plan(): void {
    const { clock, random, options } = this.world;
    for (const job of this.#jobs) {
      clock.at(job.submitMs, () => this.#submit(job));
      const { gaveUp } = job;
      if (gaveUp !== undefined) clock.at(gaveUp.atMs + 1e-3, () => this.#giveUp(job, gaveUp.how));
    }
    if (random() < options.closeRate) clock.at(random() * options.faultsEndMs, () => this.#close());
    if (random() < options.detachRate) {
      clock.at(random() * options.faultsEndMs, () => this.tell({ type: "detach" }));
    }
  }

  override begin(): void {
    if (this.done) return;
    super.begin();
    this.state = this.#fresh();
    this.#dial();
    for (const job of this.#jobs) {
      if (job.submitMs <= this.world.clock.nowMs) this.#submit(job);
      const how = this.#gaveUp.get(job.id);
      if (how !== undefined && !this.world.ledger.isDelivered(job.id)) {
        this.tell({ type: how, job: job.id });
      }
    }
    this.#closeIfDone();
  }

  override die(): void {
    super.die();
    this.#link = undefined;
    this.#connection?.break(this.world.random() < 0.5);
    this.#connection = undefined;
  }

  cutOff(forMs: number): void {
    this.cutOffUntilMs = this.world.clock.nowMs + forMs;
    this.#connection?.break();
  }

  #submit({ id, policy, bytes }: WorldJob): void {
    if (!this.alive || this.#submitted.has(id) || this.#closing) return;
    this.#submitted.add(id);
    this.world.ledger.submitted(id);
    this.tell({ type: "submit", job: id, hash: id, bytes, policy });
  }

  #giveUp({ id }: WorldJob, how: "cancel" | "withdraw"): void {
    if (!this.#submitted.has(id) || this.world.ledger.isDelivered(id)) return;
    this.#gaveUp.set(id, how);
    this.world.ledger.gaveUp(id);
    this.tell({ type: how, job: id });
  }

  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.world.ledger.closed(this.#jobs.map(({ id }) => id));
    this.tell({ type: "close" });
  }

  #closeIfDone(): void {
    const { ledger } = this.world;
    if (this.#closing) return this.tell({ type: "close" });
    if (this.#jobs.every(({ id }) => ledger.isDelivered(id))) this.#close();
  }

  #dial(): void {
    const { clock, random } = this.world;
    this.later(random() * maxRedialMs, () => {
      if (this.state.over) return;
      if (!this.#scheduler.alive || clock.nowMs < this.cutOffUntilMs) return this.#dial();
      this.#connect();
    });
  }

  #connect(): void {
    const link = this.#nextLink++;
    this.#link = link;
    this.#connection = this.#scheduler.acceptClient("owner" as OwnerId, {
      receive: (message) => this.tell({ type: "message", link, message }),
      broken: () => {
        if (this.#link !== link) return;
        this.#link = undefined;
        this.tell({ type: "linkDown", link });
        this.#dial();
      },
    });
    this.tell({ type: "linkUp", link });
  }

  protected override nextWakeMs(): number | undefined {
    return nextWakeMs(this.state);
  }

  protected override step(events: readonly SessionEvent[], nowMs: number): void {
    const effects = step(this.state, events, nowMs);
    for (const effect of effects) this.#perform(effect);
    checkInvariants(this.state);
  }

  #perform(effect: SessionEffect): void {
    const { ledger } = this.world;
    this.world.noteEffect(this.name, effect);
    switch (effect.type) {
      case "send":
        if (effect.link === this.#link) this.#connection?.toServer(effect.message);
        return;
      case "attached":
      case "running":
        return;
      case "accepted":
        for (const job of effect.jobs) this.#accepted.add(job);
        return ledger.accepted(effect.jobs);
      case "deliver":
        for (const result of effect.results) {
          this.#delivered.add(result.number);
          ledger.delivered(result);
        }
        return this.#closeIfDone();
      case "failed":
        ledger.failed(effect.job, effect.why);
        return this.#closeIfDone();
      case "ended":
        return this.#ended(effect.why);
      default:
        assertNever(effect);
    }
  }

  #ended(why: string): void {
    const { ledger, random, clock } = this.world;
    ledger.count(`session ${why}`);
    if (why === "closed") {
      this.die();
      this.done = true;
      return;
    }
    if (why !== "detached") throw new Error(`the session of ${this.name} ended: ${why}`);
    this.#attaches = true;
    this.die();
    clock.at(clock.nowMs + random() * 500, () => {
      if (!this.alive) this.begin();
    });
  }
}
