import type { Connection, Peer } from "../net/types.ts";
import { type Code, isLong, lengthOf, type TaskResult } from "../proto/executor.ts";
import type { ClusterId, ComputationId, NodeId } from "../proto/ids.ts";
import type { LeaseRef } from "../proto/jobs.ts";
import type { ClientToKeeper } from "../proto/keep_messages.ts";
import type { ClientToNode, NodeFacts, NodeToClient, TaskEnd } from "../proto/node_messages.ts";
import { assertNever } from "../proto/states.ts";
import type { ProviderListener, SlotProvider } from "../slots/provider.ts";
import { TaskLedger } from "../slots/task_ledger.ts";
import type { Crash, SlotEvent, SlotTask } from "../slots/types.ts";
import { FileFetches, type FileSink, type RemoteFile } from "./files/file_fetches.ts";
import { FileSending } from "./files/file_sending.ts";
import type { OfferedFiles } from "./files/offered_files.ts";
import { encodeClientToKeeper } from "../wire/keep_codec.ts";
import { decodeLongResult, encodeLongTask } from "../wire/long_codec.ts";
import { decodeNodeMessage } from "../wire/node_codec.ts";
import { encodeClientMessage } from "../wire/node_codec_client.ts";
import { MalformedTupleError } from "../wire/tuple.ts";
import { unpackValue } from "../wire/value.ts";

/** The computation that a node is to run. */
export type RemoteComputation = {
  readonly id: ComputationId;
  readonly code: Code;
  /** Whether to be told what tasks print while they run. */
  readonly live: boolean;
  /** Whether its jobs need a process each. */
  readonly needsProcesses: boolean;
  /** What its jobs find in their working directory. */
  readonly files: OfferedFiles;
  /** Names it where its results are to be kept if this program is lost. */
  readonly cluster?: ClusterId | undefined;
};

/** Short tasks of so many UTF-16 units, or bytes, go in one message. */
const maxRunChars = 1024 * 1024;

/** What a node tells its owner. */
export type RemoteNodeListener = {
  /** What it is: comes once, before all else. Call `open` then, or later, to have its slots. */
  readonly facts: (facts: NodeFacts) => void;
  readonly events: ProviderListener;
  /** Why it cannot serve; then it is gone. */
  readonly unable: (why: string) => void;
};

/** The slots of a node daemon, over an open connection. */
export class RemoteNode implements SlotProvider {
  readonly id: NodeId;
  readonly #connection: Connection;
  readonly #computation: Promise<RemoteComputation>;
  readonly #listener: RemoteNodeListener;
  readonly #ledger = new TaskLedger();
  readonly #fetches = new FileFetches((message) => this.#send(message));
  #sending: FileSending | undefined;
  #isKnown = false;
  /** Long tasks that are being sent. */
  readonly #underWay = new Map<SlotTask, Promise<void>>();
  /** Whether it is told which jobs its tasks are, to keep how they end. */
  #keeps = false;
  #ended = false;

  /** Waits for the node's facts. */
  constructor(
    connection: Connection,
    computation: Promise<RemoteComputation>,
    listener: RemoteNodeListener,
  ) {
    const { name, instanceId } = connection.peer;
    this.id = `${name}~${instanceId}` as NodeId;
    this.#connection = connection;
    this.#computation = computation;
    this.#listener = listener;
    connection.onMessage = (bytes) => this.#receive(() => this.#handle(decodeNodeMessage(bytes)));
    connection.onBulk = (bytes) => this.#receive(() => this.#settle(decodeLongResult(bytes)));
    connection.onClose = (reason) =>
      this.#end(reason.kind === "bye" ? "by saying goodbye" : `with its connection: ${reason.why}`);
  }

  /** Who it is. */
  get peer(): Peer {
    return this.#connection.peer;
  }

  /** Asks the node for its slots; `ready` or `failed` follows. */
  open(): void {
    void this.#open();
  }

  async #open(): Promise<void> {
    const { id, live, needsProcesses, files, cluster } = await this.#computation;
    this.#keeps = cluster !== undefined;
    try {
      if (cluster !== undefined) this.#sendKeeping({ type: "keep", cluster });
      const entries = await files.entries();
      if (live) this.#send({ type: "watch" });
      if (needsProcesses) this.#send({ type: "isolate" });
      if (entries.length > 0) this.#send({ type: "files", files: entries });
      this.#send({ type: "open", computation: id });
    } catch (error) {
      this.#tell([{ type: "failed", error }]);
    }
  }

  async #sendFiles(places: readonly number[]): Promise<void> {
    const { files } = await this.#computation;
    this.#sending = new FileSending({
      files,
      send: async (place, bytes) => {
        this.#send({ type: "chunk", place, bytes });
        await this.#connection.drained();
      },
      onFailure: (error) => this.#tell([{ type: "failed", error }]),
    });
    if (!this.#ended) await this.#sending.start(places);
  }

  async #sendCode(): Promise<void> {
    const { code } = await this.#computation;
    this.#send({ type: "code", code });
  }

  assign(_node: NodeId, tasks: readonly SlotTask[]): void {
    for (const run of runsOf(tasks)) {
      const batch = this.#ledger.add(run);
      const [first] = run;
      if (first === undefined) continue;
      if (this.#keeps) this.#nameTasks(first.seq, run);
      if (isLong(first.args.packed)) this.#sendLong(first);
      else this.#send({ type: "tasks", batch });
    }
  }

  #nameTasks(first: number, tasks: readonly SlotTask[]): void {
    const leases = tasks.map(({ job, lease }): LeaseRef => ({ job, lease, epoch: 0 }));
    this.#sendKeeping({ type: "leases", first, leases });
  }

  /** Tells it that it need not keep how these ended. */
  forget(leases: readonly LeaseRef[]): void {
    this.#sendKeeping({ type: "forget", leases });
  }

  #sendKeeping(message: ClientToKeeper): void {
    if (!this.#ended) this.#connection.send(encodeClientToKeeper(message));
  }

  retract(_node: NodeId, tasks: readonly SlotTask[]): void {
    this.#ask("retract", tasks);
  }

  stop(_node: NodeId, task: SlotTask): void {
    this.#ask("stop", [task]);
  }

  #ask(type: "retract" | "stop", tasks: readonly SlotTask[]): void {
    for (const task of tasks) {
      // It would pass the task on the way, and the node know nothing of that.
      void this.#underWay.get(task)?.then(() => this.#ask(type, [task]));
    }
    const seqs = this.#ledger.seqsOf(tasks.filter((task) => !this.#underWay.has(task)));
    if (seqs.length > 0) this.#send({ type, seqs });
  }

  /**
   * Fetches a file from the working directory of its jobs.
   *
   * @throws {Error} When the node cannot give it, is lost, or what the sink throws.
   */
  fetch(file: RemoteFile, sink: FileSink): Promise<void> {
    if (this.#ended) return Promise.reject(new Error("the node is lost"));
    return this.#fetches.fetch(file, sink);
  }

  probe(): void {
    // The node looks after its running tasks by itself and tells of them.
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#sending?.end();
    this.#fetches.end("the node is lost");
    await this.#connection.close();
  }

  #send(message: ClientToNode): void {
    if (!this.#ended) this.#connection.send(encodeClientMessage(message));
  }

  #sendLong(task: SlotTask): void {
    if (this.#ended) return;
    const { seq, args: { packed, memoryLimitBytes } } = task;
    const limit = memoryLimitBytes === undefined ? {} : { memoryLimitBytes };
    const arrival = this.#connection.sendBulk(encodeLongTask({ seq, packed, ...limit }));
    this.#underWay.set(task, arrival);
    void arrival.then(() => this.#underWay.delete(task));
  }

  #tell(events: readonly SlotEvent[]): void {
    if (!this.#ended && events.length > 0) this.#listener.events(this.id, events);
  }

  #receive(take: () => void): void {
    if (this.#ended) return;
    try {
      take();
    } catch (error) {
      // Whatever it is, this node cannot be understood; its jobs are lost like those of a dead one.
      this.#connection.destroy();
      this.#end(
        `by saying what cannot be understood: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  #handle(message: NodeToClient): void {
    switch (message.type) {
      case "facts":
        return this.#takeFacts(message.facts);
      case "waiting":
      case "status":
        return;
      case "wantCode":
        return void this.#sendCode();
      case "ready":
        return this.#tell([{ type: "ready", slots: message.slots }]);
      case "failed":
        return this.#tell([{ type: "failed", error: unpackValue(message.error) }]);
      case "results":
        return this.#tell(this.#ledger.settle(message.batch));
      case "ended":
        return this.#tell(message.endings.flatMap((end) => this.#endTask(end)));
      case "returned":
        return this.#tell(this.#ledger.giveBack(message.seqs));
      case "output":
        return this.#tell(message.outputs.flatMap(({ seq, ...output }): SlotEvent[] => {
          const task = this.#ledger.get(seq);
          return task === undefined ? [] : [{ type: "output", task, ...output }];
        }));
      case "running": {
        const nowMs = performance.timeOrigin + performance.now();
        return this.#tell(message.tasks.flatMap(({ seq, runningMs }): SlotEvent[] => {
          const task = this.#ledger.get(seq);
          // Counted back from now: the clocks of two hosts need not agree.
          const startedAtMs = nowMs - runningMs;
          return task === undefined ? [] : [{ type: "started", task, startedAtMs }];
        }));
      }
      case "wantFiles":
        return void this.#sendFiles(message.places);
      case "file":
      case "part":
      case "noFile":
        return this.#fetches.receive(message);
      case "written":
        return this.#sending?.written(message.bytes);
      case "unable":
        return this.#takeRefusal(message.why);
      default:
        assertNever(message);
    }
  }

  #takeFacts(facts: NodeFacts): void {
    if (this.#isKnown) throw new MalformedTupleError("Cannot take the facts of a node again");
    this.#isKnown = true;
    this.#listener.facts(facts);
  }

  #takeRefusal(why: string): void {
    this.#listener.unable(why);
    this.#connection.destroy();
    this.#end(`by saying that ${why}`);
  }

  #settle(result: TaskResult): void {
    this.#tell(this.#ledger.settle({ type: "results", results: [result] }));
  }

  #endTask({ seq, how, error, memoryLimitBytes, ...report }: TaskEnd): SlotEvent[] {
    if (how === undefined) return this.#ledger.end(seq, { kind: "stopped" }, report);
    const ending: Crash = {
      kind: "crashed",
      how,
      ...(error !== undefined && { packed: error }),
      ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
    };
    return this.#ledger.end(seq, ending, report);
  }

  #end(how: string): void {
    this.#tell([{ type: "gone", how }]);
    this.#ended = true;
    this.#sending?.end();
    this.#fetches.end("the node is lost");
  }
}

/** Tasks in runs that each go in one message: long ones by themselves, the others together. */
function runsOf(tasks: readonly SlotTask[]): SlotTask[][] {
  const runs: SlotTask[][] = [];
  let runChars = Infinity;
  for (const task of tasks) {
    const { packed } = task.args;
    const chars = isLong(packed) ? Infinity : lengthOf(packed);
    if (runChars + chars > maxRunChars) {
      runs.push([task]);
      runChars = chars;
    } else {
      runs.at(-1)?.push(task);
      runChars += chars;
    }
  }
  return runs;
}
