import { Dispatcher } from "../dispatch/dispatcher.ts";
import type { JobEnd } from "../dispatch/job_end.ts";
import type { CloseReason, Connection } from "../net/types.ts";
import type { Code, TaskResult } from "../proto/executor.ts";
import type { ClusterId, ComputationId, JobId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";
import type { NodeToClient } from "../proto/node_messages.ts";
import { assertNever } from "../proto/states.ts";
import { LocalPool } from "../slots/local_pool.ts";
import { packThrown } from "../runtime/thrown.ts";
import { decodeClientToKeeper, isKeepMessage } from "../wire/keep_codec.ts";
import { encodeNodeMessage } from "../wire/node_codec.ts";
import { decodeClientMessage } from "../wire/node_codec_client.ts";
import { decodeLongTask, encodeLongResult } from "../wire/long_codec.ts";
import { freeParcel } from "../wire/parcel.ts";
import { MalformedTupleError } from "../wire/tuple.ts";
import { sendKept } from "./kept/send_kept.ts";
import { SessionKeeping } from "./kept/session_keeping.ts";
import type { NodeParts } from "./node_parts.ts";
import { ResultOutbox } from "./result_outbox.ts";
import { runOncePolicy } from "./run_once_policy.ts";
import { SessionFiles } from "./session_files.ts";
import { sessionPoolOptions } from "./session_pool.ts";
import { type ClientTask, splitTasks } from "./task_batches.ts";

/** What a session tells the daemon. */
export type SessionListener = {
  /** Its client asks for slots. */
  opened(): void;
  /** Called once, when it has ended and runs nothing any more. */
  ended(): void;
};

/** A task as the node's own scheduler knows it. */
type NodeJob = { readonly id: JobId; readonly seq: number; runningSinceMs: number | undefined };

/**
 * One client's use of the node: one computation, and its tasks. A scheduler of its own spreads them over the slots, so
 * that the client needs to know no more than how many there are.
 */
export class ClientSession {
  readonly #connection: Connection;
  readonly #parts: NodeParts;
  readonly #outbox: ResultOutbox;
  readonly #ended = new AbortController();
  readonly #jobs = new Map<number, NodeJob>();
  readonly #dispatcher = new Dispatcher<NodeJob>({
    started: (job, _node, _attempt, atMs) => this.#onStarted(job, atMs),
    ended: (job, end) => {
      this.#jobs.delete(job.seq);
      // Before what it gave is sent, whose memory is given back afterwards.
      if (this.#keeping !== undefined) this.#keepEnd(this.#keeping, job.seq, end);
      this.#outbox.addEnd(job.seq, end);
    },
    output: ({ seq }, stream, text) => this.#outbox.addOutput({ seq, stream, text }),
  });
  readonly #files: SessionFiles;
  #computation: ComputationId | undefined;
  #isStarted = false;
  #pool: LocalPool | undefined;
  #giveBackSlots: (() => void) | undefined;
  /** Whether the client is told what tasks print while they run. */
  #live = false;
  /** Whether the client's jobs need a process each. */
  #needsProcesses = false;
  /** Tasks that came. */
  #taken = 0;
  /** What is kept for the client, which asked for it. */
  #keeping: SessionKeeping | undefined;
  /** The cluster of another client, which was lost, whose results this one collects. */
  #collected: ClusterId | undefined;
  /** The client is gone and its tasks go on. */
  #isOrphan = false;
  #orphanTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #listener: SessionListener;

  constructor(connection: Connection, parts: NodeParts, listener: SessionListener) {
    this.#connection = connection;
    this.#parts = parts;
    this.#listener = listener;
    const send = (message: NodeToClient): void => this.#send(message);
    this.#outbox = new ResultOutbox(send, (result) => this.#sendLong(result));
    this.#files = new SessionFiles({ cache: parts.files, parent: parts.folder, send });
    connection.onMessage = (bytes) => this.#receive(() => this.#handle(bytes));
    connection.onBulk = (bytes) => this.#receive(() => this.#submit(decodeLongTask(bytes)));
    connection.onClose = (reason) => void this.#onClosed(reason);
    this.#send({ type: "facts", facts: parts.facts });
  }

  /** Whether its client has asked for slots. */
  get isOpen(): boolean {
    return this.#computation !== undefined;
  }

  /** Slots that have jobs of its client. */
  get busySlots(): number {
    return Math.min(this.#jobs.size, this.#parts.facts.slots);
  }

  /** Ends what it runs and gives the slots back. */
  async end(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    clearTimeout(this.#orphanTimer);
    this.#connection.destroy();
    await this.#keeping?.end();
    await this.#pool?.close();
    this.#dispatcher.endAll({ status: "cancelled" });
    this.#giveBackSlots?.();
    await this.#files.end();
    if (this.#computation !== undefined) this.#debug(`ended after ${this.#taken} tasks`);
    this.#listener.ended();
  }

  async #onClosed({ kind }: CloseReason): Promise<void> {
    if (this.#keeping === undefined || this.#ended.signal.aborted) return this.end();
    if (kind === "bye") await this.#keeping.dismiss();
    else if (this.#jobs.size > 0) return this.#orphan(this.#keeping);
    await this.end();
  }

  /** Goes on with what it has without its client, for as long as that may take. */
  #orphan(keeping: SessionKeeping): void {
    this.#isOrphan = true;
    // What was announced and did not come in time does not come any more.
    keeping.lose((seq) => this.#jobs.has(seq));
    const { name } = this.#connection.peer;
    const { log, keeper } = this.#parts;
    log.info(`${name} was lost: its ${this.#jobs.size} tasks go on, and what they give is kept`);
    this.#orphanTimer = setTimeout(() => {
      log.warn(`${name} did not come back: its ${this.#jobs.size} tasks are stopped`);
      void this.end();
    }, Math.min(keeper.keepMs, limits.maxDurationMs));
  }

  #keepEnd(keeping: SessionKeeping, seq: number, end: JobEnd): void {
    keeping.ended(seq, end);
    if (this.#isOrphan && this.#jobs.size === 0) void this.end();
  }

  #debug(what: string): void {
    const { name } = this.#connection.peer;
    this.#parts.log.debug(`computation ${this.#computation?.slice(0, 12)} of ${name} ${what}`);
  }

  #send(message: NodeToClient): void {
    if (this.#ended.signal.aborted || this.#isOrphan) return;
    this.#connection.send(encodeNodeMessage(message));
  }

  #sendLong(result: TaskResult): void {
    if (this.#ended.signal.aborted) return;
    void this.#connection.sendBulk(encodeLongResult(result)).then(() => freeParcel(result.value));
  }

  #receive(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof MalformedTupleError)) throw error;
      this.#cutOff(error);
    }
  }

  /** A client of this version does not send such a thing: there is nothing to talk about. */
  #cutOff({ message }: MalformedTupleError): void {
    this.#parts.log.warn(`${this.#connection.peer.name} was disconnected: ${message}`);
    void this.end();
  }

  /** Tells the client why it cannot be served, and ends. */
  async #refuse(why: string): Promise<void> {
    this.#send({ type: "unable", why });
    await this.#connection.close();
    await this.end();
  }

  #handle(bytes: Uint8Array): void {
    if (isKeepMessage(bytes)) return this.#handleKeeping(bytes);
    const message = decodeClientMessage(bytes);
    switch (message.type) {
      case "open":
        return this.#open(message.computation);
      case "code":
        return this.#takeCode(message.code);
      case "tasks":
        for (const task of splitTasks(message.batch)) this.#submit(task);
        return;
      case "retract":
        for (const seq of message.seqs) this.#retract(seq);
        return;
      case "stop":
        for (const seq of message.seqs) {
          const job = this.#jobs.get(seq);
          if (job !== undefined) this.#dispatcher.cancel(job.id);
        }
        return;
      case "status":
        return this.#send({ type: "status", status: this.#parts.status() });
      case "watch":
        this.#live = true;
        return;
      case "isolate":
        this.#needsProcesses = true;
        return;
      case "files": {
        const problem = this.#files.offer(message.files);
        if (problem === undefined) return;
        this.#parts.log.warn(`${this.#connection.peer.name} was refused: ${problem}`);
        return void this.#refuse(problem);
      }
      case "chunk":
        return this.#files.take(message.place, message.bytes);
      case "fetch":
        return this.#files.served.fetch(message);
      case "fetched":
        return this.#files.served.fetched(message.id, message.bytes);
      default:
        assertNever(message);
    }
  }

  #handleKeeping(bytes: Uint8Array): void {
    const message = decodeClientToKeeper(bytes);
    switch (message.type) {
      case "keep":
        return this.#keep(message.cluster);
      case "leases":
        return this.#keeping?.name(message.first, message.leases);
      case "forget": {
        const cluster = this.#keeping?.cluster ?? this.#collected;
        if (cluster !== undefined) void this.#parts.keeper.forget(cluster, message.leases);
        return;
      }
      case "collect":
        return this.#collect(message.cluster);
      default:
        assertNever(message);
    }
  }

  #keep(cluster: ClusterId): void {
    if (this.#computation !== undefined || this.#keeping !== undefined) {
      throw new MalformedTupleError("Cannot keep results for a client that did not ask at first");
    }
    const { keeper, log } = this.#parts;
    this.#keeping = new SessionKeeping(keeper, cluster);
    keeper.add(this.#keeping).catch((error: Error) => {
      log.error(`results of ${this.#connection.peer.name} are not kept: ${error.message}`);
    });
  }

  #collect(cluster: ClusterId): void {
    const { keeper, log } = this.#parts;
    this.#collected = cluster;
    log.info(`${this.#connection.peer.name} collects what was kept of a lost client`);
    sendKept(keeper, cluster, this.#connection, this.#ended.signal).catch((error: Error) => {
      log.error(`results of a lost client cannot be read: ${error.message}`);
      void this.#refuse(`it cannot read what it has kept: ${error.message}`);
    });
  }

  #open(computation: ComputationId): void {
    if (this.#computation !== undefined) {
      throw new MalformedTupleError("Cannot open a second computation on one connection");
    }
    this.#computation = computation;
    this.#listener.opened();
    this.#files.open();
    const code = this.#parts.codes.get(computation);
    this.#debug(code === undefined ? "is new here" : "is known here");
    if (code === undefined) this.#send({ type: "wantCode" });
    else void this.#start(code);
  }

  #takeCode(code: Code): void {
    const { codes } = this.#parts;
    if (this.#computation === undefined || this.#isStarted) {
      throw new MalformedTupleError("Cannot take code that was not asked for");
    }
    if (!codes.add(this.#computation, code)) {
      throw new MalformedTupleError("Cannot take code that does not match its hash");
    }
    void this.#start(code);
  }

  async #start(code: Code): Promise<void> {
    this.#isStarted = true;
    try {
      // Before the slots, which others can use meanwhile.
      await this.#files.arrived();
      if (!await this.#borrowSlots()) return;
      const dir = await this.#files.place();
      if (!this.#ended.signal.aborted) this.#pool = this.#startPool(code, dir);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (error instanceof MalformedTupleError) return this.#cutOff(error);
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.log.error(`Cannot start slots for ${this.#connection.peer.name}: ${why}`);
      await this.#refuse(`it cannot start slots: ${why}`);
    }
  }

  /** Waits for the slots; false if the client goes first. */
  async #borrowSlots(): Promise<boolean> {
    const { broker } = this.#parts;
    if (broker.isBusy) {
      this.#debug("waits for the slots, which another client has");
      this.#send({ type: "waiting" });
    }
    this.#giveBackSlots = await broker.borrow(this.#ended.signal);
    return this.#giveBackSlots !== undefined;
  }

  #startPool(code: Code, dir: string): LocalPool {
    const needs = { code, dir, live: this.#live, needsProcesses: this.#needsProcesses };
    const options = sessionPoolOptions(this.#parts, needs);
    const { slots } = options;
    let isReady = false;
    const pool: LocalPool = new LocalPool(options, (node, events) => {
      for (const event of events) {
        if (event.type === "ready" && !isReady) {
          isReady = true;
          this.#debug(`has ${slots} slots`);
          this.#send({ type: "ready", slots });
        } else if (event.type === "failed") {
          this.#debug("cannot be loaded");
          this.#send({ type: "failed", error: packThrown(event.error) });
        }
      }
      this.#dispatcher.receive(pool, node, events);
    });
    return pool;
  }

  #submit({ seq, ...args }: ClientTask): void {
    const job: NodeJob = { id: String(seq) as JobId, seq, runningSinceMs: undefined };
    this.#jobs.set(seq, job);
    this.#taken += 1;
    this.#dispatcher.submit(job, args, runOncePolicy);
  }

  #retract(seq: number): void {
    const job = this.#jobs.get(seq);
    if (job === undefined) return; // Its result is on the way.
    if (job.runningSinceMs === undefined) return this.#dispatcher.withdraw(job.id);
    this.#onStarted(job, job.runningSinceMs);
  }

  #onStarted(job: NodeJob, atMs: number): void {
    job.runningSinceMs = atMs;
    const nowMs = performance.timeOrigin + performance.now();
    this.#outbox.addRunning({ seq: job.seq, runningMs: Math.max(0, nowMs - atMs) });
  }
}
