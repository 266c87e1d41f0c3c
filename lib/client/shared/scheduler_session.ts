import { setImmediate } from "node:timers";
import type { SessionEffect, SessionEnd } from "../../core/session/effects.ts";
import type { SessionEvent } from "../../core/session/events.ts";
import { nextWakeMs, step } from "../../core/session/machine.ts";
import { createSessionState, type SessionTarget } from "../../core/session/state.ts";
import { backoffDelayMs } from "../../core/shared/backoff.ts";
import type { Link } from "../../core/shared/link.ts";
import { keepConnected } from "../../net/keep_connected.ts";
import { Outflow } from "../../net/outflow.ts";
import type { Connection } from "../../net/types.ts";
import type { Packed } from "../../proto/executor.ts";
import type { JobId } from "../../proto/ids.ts";
import type { Backoff, JobPolicy } from "../../proto/jobs.ts";
import type { CodeMessage, FromClient, ToClient } from "../../proto/scheduler_links.ts";
import type { ClientToScheduler, JobResult } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import { decodeToClient } from "../../wire/scheduler_client_codec.ts";
import { MalformedTupleError } from "../../wire/tuple.ts";
import { hashArgs } from "./job_hash.ts";
import { framesOf, mustFollow } from "./session_frames.ts";

type AttachedMessage = Extract<ToClient, { type: "attached" }>;

/** Whoever has a session hears of its jobs here. */
export type SessionListener = {
  /** The cluster is there, at first or again. */
  attached(message: AttachedMessage): void;
  running(job: JobId, node: string, attempt: number, runningMs: number): void;
  /** Each result comes once. It throws MalformedTupleError for what cannot be read. */
  results(results: readonly JobResult[]): void;
  /** The job has no result and never will. */
  failed(job: JobId, why: Extract<SessionEffect, { type: "failed" }>["why"]): void;
  /** Nothing more comes. */
  ended(why: SessionEnd): void;
};

/** What a session is made of. */
export type SessionParts = {
  readonly target: SessionTarget;
  /** Whether the cluster is everybody's who holds the secret, and not this host's alone. */
  readonly shared: boolean;
  /** Of the computation of a cluster that is opened. */
  readonly code: CodeMessage | undefined;
  readonly dial: (signal: AbortSignal) => Promise<Connection>;
  readonly onWarning: (line: string) => void;
  readonly listener: SessionListener;
  /** Says of which jobs results are acknowledged only when `acknowledge` says so. */
  readonly holdsAck?: (job: JobId) => boolean;
};

const redial: Backoff = { firstMs: 100, maxMs: 2_000 };
/** Jobs that are sent and not known to be kept. */
const submitWindow = 16_384;
const quotaRetryMs = 500;

/**
 * The shell around the session machine: keeps a connection to the shared scheduler, and over it the promise that each
 * job is taken in once and each result comes once.
 */
export class SchedulerSession {
  /** Resolves when the cluster is there for the first time; rejects with what kept it from being there. */
  readonly ready: Promise<void>;
  /** Resolves with why nothing more comes. */
  readonly ended: Promise<SessionEnd>;
  readonly #parts: SessionParts;
  readonly #state: ReturnType<typeof createSessionState>;
  readonly #args = new Map<JobId, Packed>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<SessionEnd>();
  readonly #closed = new AbortController();
  readonly #loop: Promise<void>;
  #events: SessionEvent[] = [];
  #acks: JobId[] = [];
  #links = 0;
  #link: {
    readonly id: Link;
    readonly connection: Connection;
    readonly out: Outflow<FromClient | ClientToScheduler>;
  } | undefined;
  #wasReady = false;
  #isStepDue = false;
  #areAcksDue = false;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;

  /** Starts to dial. */
  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#state = createSessionState({ target: parts.target, submitWindow, quotaRetryMs });
    this.ready = this.#ready.promise;
    this.ended = this.#ended.promise;
    // It may fail while nobody waits for it yet.
    this.ready.catch(() => {});
    this.#loop = keepConnected({
      dial: parts.dial,
      use: (connection) => this.#use(connection),
      onFailure: (error) => {
        if (this.#wasReady) parts.onWarning(`${error.message}; dialling again until it is there`);
        else this.#ready.reject(error);
      },
      waitMs: (failures) => backoffDelayMs(redial, failures, Math.random()),
      signal: this.#closed.signal,
    });
  }

  /** Whether jobs can still be submitted. */
  get isOpen(): boolean {
    return !this.#state.over && this.#state.leaving === undefined;
  }

  /** Takes a job in. */
  submit(job: JobId, args: Packed, policy: JobPolicy): void {
    this.#args.set(job, args);
    this.#push({ type: "submit", job, hash: hashArgs(args), bytes: args.length, policy });
  }

  /** Wants a job no more; `withdraw` lets it go on if it has begun. */
  giveUp(how: "cancel" | "withdraw", job: JobId): void {
    this.#push({ type: how, job });
  }

  /** Acknowledges results that were held. */
  acknowledge(jobs: readonly JobId[]): void {
    this.#acks.push(...jobs);
    this.#sendAcksSoon();
  }

  /** Asks to be let go; `ended` follows when the scheduler has answered. */
  leave(how: "detach" | "close"): void {
    this.#push({ type: how });
  }

  /** Ends the connection. */
  async stop(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#wakeTimer);
    this.#sendAcks();
    await this.#link?.connection.close();
    await this.#loop;
  }

  async #use(connection: Connection): Promise<void> {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    this.#links += 1;
    const id = this.#links as Link;
    const out = new Outflow<FromClient | ClientToScheduler>(connection, {
      encode: (message) => framesOf(message, this.#args),
      follows: mustFollow,
    });
    this.#link = { id, connection, out };
    connection.onMessage = (bytes) => this.#receive(id, bytes);
    connection.onBulk = (bytes) => this.#receive(id, bytes);
    connection.onClose = () => {
      this.#link = undefined;
      // Results that were not acknowledged come again, and their acks with them.
      this.#acks = [];
      this.#push({ type: "linkDown", link: id });
      end();
    };
    out.push({ type: "hello", shared: this.#parts.shared });
    this.#push({ type: "linkUp", link: id });
    await over;
  }

  #receive(link: Link, bytes: Uint8Array): void {
    try {
      this.#handle(link, decodeToClient(bytes));
    } catch (error) {
      if (!(error instanceof MalformedTupleError)) throw error;
      this.#parts.onWarning(`The scheduler says what cannot be understood: ${error.message}`);
      this.#link?.connection.destroy();
    }
  }

  #handle(link: Link, message: ToClient): void {
    switch (message.type) {
      case "wantCode":
        if (this.#parts.code !== undefined) this.#link?.out.push(this.#parts.code);
        return;
      case "status":
        return;
      case "stalled":
        if (message.why === undefined) return;
        return this.#parts.onWarning(`The scheduler takes no jobs for now: ${message.why}`);
      default:
        if (message.type === "attached") this.#parts.listener.attached(message);
        this.#events.push({ type: "message", link, message });
        this.#step();
    }
  }

  #push(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#isStepDue) return;
    this.#isStepDue = true;
    // One job alone must not wait; what is submitted one by one in a loop goes out together.
    if (this.#state.jobs.size < 4) queueMicrotask(() => this.#step());
    else setImmediate(() => this.#step());
  }

  #step(): void {
    this.#isStepDue = false;
    const events = this.#events;
    if (events.length === 0 || this.#state.over) return;
    this.#events = [];
    const nowMs = performance.now();
    for (const effect of step(this.#state, events, nowMs)) this.#perform(effect);
    clearTimeout(this.#wakeTimer);
    const wakeAtMs = nextWakeMs(this.#state);
    if (wakeAtMs === undefined) return;
    this.#wakeTimer = setTimeout(
      () => this.#push({ type: "tick" }),
      Math.max(1, Math.ceil(wakeAtMs - nowMs)),
    );
  }

  #perform(effect: SessionEffect): void {
    const { listener } = this.#parts;
    switch (effect.type) {
      case "send":
        return this.#send(effect.link, effect.message);
      case "attached":
        this.#wasReady = true;
        return this.#ready.resolve();
      case "accepted":
        return;
      case "running":
        return listener.running(effect.job, effect.node, effect.attempt, effect.runningMs);
      case "deliver":
        for (const { job } of effect.results) this.#args.delete(job);
        return listener.results(effect.results);
      case "failed":
        this.#args.delete(effect.job);
        return listener.failed(effect.job, effect.why);
      case "ended":
        listener.ended(effect.why);
        return this.#ended.resolve(effect.why);
      default:
        assertNever(effect);
    }
  }

  #send(link: Link, message: ClientToScheduler): void {
    if (this.#link?.id !== link) return;
    if (message.type !== "ack") return this.#link.out.push(message);
    const { holdsAck } = this.#parts;
    const jobs = holdsAck === undefined
      ? message.jobs
      : message.jobs.filter((job) => !holdsAck(job));
    for (const job of jobs) this.#acks.push(job);
    this.#sendAcksSoon();
  }

  /** After the program has had its turn with the results: what it writes down at once is written by then. */
  #sendAcksSoon(): void {
    if (this.#areAcksDue || this.#acks.length === 0) return;
    this.#areAcksDue = true;
    setImmediate(() => this.#sendAcks());
  }

  #sendAcks(): void {
    this.#areAcksDue = false;
    const { cluster } = this.#state;
    const jobs = this.#acks;
    if (jobs.length === 0 || cluster === undefined) return;
    this.#acks = [];
    this.#link?.out.push({ type: "ack", cluster, jobs });
  }
}
