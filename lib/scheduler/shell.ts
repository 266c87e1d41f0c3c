import type { SharedEffect } from "../core/scheduler/effects.ts";
import type { SchedulerEvent } from "../core/scheduler/events.ts";
import { nextWakeMs, step } from "../core/scheduler/machine.ts";
import { snapshot } from "../core/scheduler/snapshot.ts";
import type { SchedulerState } from "../core/scheduler/state.ts";
import type { Link } from "../core/shared/link.ts";
import type { Journal, JournalState } from "../journal/types.ts";
import type { Logger } from "../platform/logger.ts";
import type { ClusterId, JobId } from "../proto/ids.ts";
import type { AcceptedRecord, SettledRecord } from "../proto/journal_records.ts";
import { limits } from "../proto/limits.ts";
import type { SchedulerToClient, SchedulerToNode } from "../proto/scheduler_messages.ts";
import { assertNever } from "../proto/states.ts";
import { encodeRecords, type StoredRecord } from "../wire/journal_codec.ts";
import { Commits } from "./commits.ts";
import type { Payloads } from "./payloads.ts";

/** One end of a link, as the shell sees it. */
export type Port<Message> = {
  /** Sends a message after those before. */
  readonly tell: (message: Message) => void;
  /** Ends the connection. */
  readonly cut: () => void;
};

/** Has the results of jobs sent. */
export type DeliverMessage = {
  readonly type: "deliver";
  readonly cluster: ClusterId;
  readonly jobs: readonly JobId[];
};

/** What a client's link is given to send. */
export type ClientMessage =
  | SchedulerToClient
  | DeliverMessage
  | { readonly type: "stalled"; readonly why: string | undefined };

/** What the shell is made of. */
export type ShellParts = {
  readonly state: SchedulerState;
  readonly payloads: Payloads;
  /** Undefined keeps nothing on disk. */
  readonly journal: Journal | undefined;
  readonly log: Logger;
};

type Sending = Exclude<SharedEffect, { type: "persist" | "cut" }>;

/** Drives the scheduler machine: steps it with what happened, has its records written and its messages sent. */
export class SchedulerShell {
  readonly #parts: ShellParts;
  readonly #commits: Commits;
  readonly #clients = new Map<Link, Port<ClientMessage>>();
  readonly #nodes = new Map<Link, Port<SchedulerToNode>>();
  #events: SchedulerEvent[] = [];
  #afterStep: (() => void)[] = [];
  #lastLink = 0;
  #isPlanned = false;
  #isStopped = false;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;
  #wakeAtMs = Infinity;
  /** Why nothing can be kept for now. */
  #trouble: string | undefined;

  constructor(parts: ShellParts) {
    this.#parts = parts;
    this.#commits = new Commits(parts.journal);
  }

  get state(): SchedulerState {
    return this.#parts.state;
  }

  /** Why the scheduler can take no jobs for now; undefined if it can. */
  get trouble(): string | undefined {
    const { journal } = this.#parts;
    if (this.#trouble !== undefined || journal === undefined) return this.#trouble;
    const isBehind = journal.queuedBytes > limits.maxJournalQueueBytes;
    return isBehind ? "the disk cannot keep up with what it is given" : undefined;
  }

  /** A client has connected: gives the number of its link. */
  addClient(port: Port<ClientMessage>): Link {
    const link = this.#nextLink();
    this.#clients.set(link, port);
    if (this.#trouble !== undefined) port.tell({ type: "stalled", why: this.#trouble });
    return link;
  }

  /** A node has connected: gives the number of its link. */
  addNode(port: Port<SchedulerToNode>): Link {
    const link = this.#nextLink();
    this.#nodes.set(link, port);
    return link;
  }

  /** A connection is over. */
  removeLink(link: Link): void {
    this.#clients.delete(link);
    this.#nodes.delete(link);
  }

  /** Something has happened. What happens in one turn of the event loop goes into one step. */
  push(event: SchedulerEvent): void {
    this.#events.push(event);
    this.#plan();
  }

  /** Does something once the state knows of all that has happened so far. */
  afterStep(task: () => void): void {
    this.#afterStep.push(task);
    this.#plan();
  }

  /** Tells clients when nothing can be kept, and when it can again. */
  onJournalState(state: JournalState): void {
    const why = state.kind === "working" ? undefined : state.error.message;
    if (why === this.#trouble) return;
    this.#trouble = why;
    const { log } = this.#parts;
    if (why === undefined) log.info("jobs are taken again");
    else log.error(`${why}; no jobs are taken, those that run go on`);
    for (const port of this.#clients.values()) port.tell({ type: "stalled", why });
  }

  /** Ends it after what has happened so far; resolves once that is on disk and told. */
  async stop(): Promise<void> {
    this.#step();
    this.#isStopped = true;
    clearTimeout(this.#wakeTimer);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limits.closeGraceMs);
      this.#commits.afterCommit(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #nextLink(): Link {
    this.#lastLink += 1;
    return this.#lastLink;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#step());
  }

  #step(): void {
    this.#isPlanned = false;
    if (this.#isStopped) return;
    const events = this.#events;
    this.#events = [];
    const nowMs = performance.now();
    const deferred: Sending[] = [];
    const { stale } = this.state.counts;
    for (const effect of step(this.state, events, nowMs)) {
      switch (effect.type) {
        case "persist":
          this.#persist(effect.records);
          break;
        case "cut":
          (this.#clients.get(effect.link) ?? this.#nodes.get(effect.link))?.cut();
          break;
        case "toNode":
        case "toClient":
        case "deliver":
          if (effect.type === "deliver" || effect.afterCommit) deferred.push(effect);
          else this.#send(effect);
          break;
        case "assign":
        case "retract":
        case "stop":
        case "retry":
        case "running":
        case "settle":
          throw new TypeError(`Cannot ${effect.type}: all jobs of this scheduler are shared`);
        default:
          assertNever(effect);
      }
    }
    if (deferred.length > 0) {
      this.#commits.afterCommit(() => {
        for (const effect of deferred) this.#send(effect);
      });
    }
    this.#noteStale(this.state.counts.stale - stale);
    for (const task of this.#afterStep.splice(0)) task();
    this.#compactIfDue();
    this.#planWake(nowMs);
  }

  #noteStale(count: number): void {
    if (count > 0) this.#parts.log.debug(`${count} stale leases refused`);
  }

  /** The arguments came with the job's submit, which the record repeats. */
  #persist(records: readonly unknown[]): void {
    const { payloads, journal } = this.#parts;
    const stored = records as readonly StoredRecord[];
    for (const record of stored) payloads.note(record);
    if (journal !== undefined) this.#commits.write(encodeRecords(stored, this.#argsOf));
  }

  readonly #argsOf = ({ job }: AcceptedRecord) => this.#parts.payloads.argsOf(job);

  #send(effect: Sending): void {
    switch (effect.type) {
      case "toNode":
        return this.#nodes.get(effect.link)?.tell(effect.message);
      case "toClient":
        return this.#clients.get(effect.link)?.tell(effect.message);
      case "deliver": {
        const { cluster, jobs } = effect;
        return this.#clients.get(effect.link)?.tell({ type: "deliver", cluster, jobs });
      }
      default:
        assertNever(effect);
    }
  }

  #compactIfDue(): void {
    const { journal, log } = this.#parts;
    if (journal?.wantsCompaction !== true) return;
    const live = encodeRecords(
      snapshot(this.state, (job) => this.#settledOf(job)),
      this.#argsOf,
    );
    const startedMs = performance.now();
    journal.compact(live).then(
      () => log.debug(`journal compacted in ${Math.round(performance.now() - startedMs)} ms`),
      (error: Error) => log.warn(error.message),
    );
  }

  #settledOf(job: JobId): SettledRecord {
    const record = this.#parts.payloads.settledOf(job);
    if (record !== undefined) return record;
    throw new TypeError(`Cannot find how job ${job} ended`);
  }

  #planWake(nowMs: number): void {
    const wakeAtMs = nextWakeMs(this.state) ?? Infinity;
    // One that comes too early does no harm.
    if (wakeAtMs >= this.#wakeAtMs) return;
    clearTimeout(this.#wakeTimer);
    this.#wakeAtMs = wakeAtMs;
    const waitMs = Math.min(Math.max(1, Math.ceil(wakeAtMs - nowMs)), limits.maxDurationMs);
    this.#wakeTimer = setTimeout(() => {
      this.#wakeAtMs = Infinity;
      this.push({ type: "tick" });
    }, waitMs);
  }
}
