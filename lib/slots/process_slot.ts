import type { Buffer } from "node:buffer";
import type { ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import process from "node:process";
import type { Code, HostMessage, JobPlace, Printed, RunnerMessage } from "../proto/executor.ts";
import { assertNever } from "../proto/states.ts";
import { localSocketPath } from "../platform/local_socket.ts";
import type { ModuleCommand } from "../platform/types.ts";
import { encodeMessage, encodeTasks, MessageReader } from "../runtime/channel.ts";
import type { ClaimsAnswer, ClaimsRequest } from "../proto/claims.ts";
import { type Excess, readExcess } from "../runtime/memory_watch.ts";
import { outputPaths, readOutput } from "../runtime/output_files.ts";
import { PacedWriter } from "../runtime/paced_writer.ts";
import { type Progress, readProgress } from "../runtime/progress_file.ts";
import { unpackValue } from "../wire/value.ts";
import { crashOf, excessOf, howEnded, runMsSince } from "./crash.ts";
import { OutputTail } from "./output_tail.ts";
import { spawnExecutor } from "./spawn_executor.ts";
import { tellStray } from "./stray.ts";
import { refused, TaskLedger } from "./task_ledger.ts";
import type { Slot, SlotEvent, SlotListener, SlotTask, TaskEnding } from "./types.ts";

/** How executor processes are started, and where their sockets and files are. */
export type ProcessSlotOptions = {
  readonly command: ModuleCommand;
  readonly watcherUrl: string;
  /** A folder of ours alone; `name` is unique in it. */
  readonly folder: string;
  readonly name: string;
  /** Whether to tell what tasks print while they run. */
  readonly live: boolean;
  readonly place: JobPlace;
  /** Working directory of the jobs; undefined: that of this process. */
  readonly cwd: string | undefined;
};

/** A slot in a process of its own, with a process group that can be killed whole. */
export class ProcessSlot implements Slot {
  readonly #listener: SlotListener;
  readonly #ledger = new TaskLedger();
  readonly #progressPath: string;
  #tail: OutputTail | undefined;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #servers: Server[] = [];
  readonly #sockets: Socket[] = [];
  #data: Socket | undefined;
  #dataWriter: PacedWriter | undefined;
  #control: Socket | undefined;
  /** Tasks being stopped; where they have begun, the exit of the process completes it. */
  readonly #stopping = new Set<SlotTask>();
  /** Whether the code is loaded. */
  #loaded = false;
  /** Whether the process was killed from here. */
  #killed = false;
  #closed = false;

  /** Starts the process; `ready` or `failed` follows. */
  constructor(code: Promise<Code>, options: ProcessSlotOptions, listener: SlotListener) {
    this.#listener = listener;
    const path = (kind: string): string =>
      localSocketPath(options.folder, `${options.name}.${kind}`);
    this.#progressPath = `${options.folder}/${options.name}.seq`;
    const { command, place, cwd, live } = options;
    if (live) this.#tail = new OutputTail(this.#progressPath);
    const dataPath = this.#listen(path("d"), (socket) => void this.#openData(socket, code, place));
    const controlPath = this.#listen(path("c"), (socket) => this.#openControl(socket));
    this.#child = spawnExecutor(
      command,
      [dataPath, controlPath, this.#progressPath, options.watcherUrl, String(process.pid)],
      { output: outputPaths(this.#progressPath), cwd },
    );
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve(this.#onExit(howEnded(code, signal))));
      this.#child.once(
        "error",
        ({ message }) => resolve(this.#onExit(`unable to start: ${message}`)),
      );
    });
  }

  get isIdle(): boolean {
    return this.#ledger.isEmpty;
  }

  assign(tasks: readonly SlotTask[]): void {
    if (!this.#ledger.hasRoomFor(tasks.length)) return this.#listener(refused(tasks));
    this.#dataWriter?.write(encodeTasks(this.#ledger.add(tasks)));
  }

  retract(tasks: readonly SlotTask[]): void {
    const seqs = this.#ledger.seqsOf(tasks);
    if (seqs.length > 0) this.#ask({ type: "retract", seqs });
  }

  stop(task: SlotTask): void {
    if (this.#ledger.get(task.seq) !== task) return;
    this.#stopping.add(task);
    // If it has not begun, it comes back; if it has, the answer tells and the process is killed.
    this.#ask({ type: "retract", seqs: [task.seq] });
  }

  probe(): void {
    this.#ask({ type: "probe" });
    if (this.#tail === undefined) return;
    const events = this.#tail.read().flatMap(({ seq, ...output }): SlotEvent[] => {
      const task = this.#ledger.get(seq);
      return task === undefined ? [] : [{ type: "output", task, ...output }];
    });
    if (events.length > 0) this.#listener(events);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#kill();
    await this.#exited;
  }

  #listen(path: string, onSocket: (socket: Socket) => void): string {
    const server = createServer((socket) => {
      server.close();
      this.#sockets.push(socket);
      // A reset at the end of the process is no news: its exit is what counts.
      socket.on("error", () => socket.destroy());
      onSocket(socket);
    });
    server.listen(path);
    this.#servers.push(server);
    return path;
  }

  async #openData(socket: Socket, code: Promise<Code>, place: JobPlace): Promise<void> {
    this.#data = socket;
    this.#dataWriter = new PacedWriter(socket);
    const reader = new MessageReader((message) => this.#receive(message as RunnerMessage));
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    const init: HostMessage = { type: "init", code: await code, place };
    this.#dataWriter.write(encodeMessage(init));
  }

  #openControl(socket: Socket): void {
    this.#control = socket;
    const reader = new MessageReader((message) => this.#receiveAnswer(message as ClaimsAnswer));
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    this.#tellReady();
  }

  /** Without its watcher a task could be neither taken back nor stopped. */
  #tellReady(): void {
    if (!this.#loaded || this.#control === undefined || this.#closed) return;
    this.#listener([{ type: "ready", slots: 1 }]);
  }

  #ask(request: ClaimsRequest): void {
    if (this.#control === undefined || this.#control.destroyed) return;
    for (const bytes of encodeMessage(request)) this.#control.write(bytes);
  }

  #receive(message: RunnerMessage): void {
    if (this.#closed) return;
    if (typeof message === "string") return this.#listener(this.#ledger.settle(message));
    switch (message.type) {
      case "results":
        return this.#listener(this.#ledger.settle(message));
      case "ready":
        this.#loaded = true;
        return this.#tellReady();
      case "failed":
        return this.#listener([{ type: "failed", error: unpackValue(message.error) }]);
      case "stray":
        return tellStray(message.text);
      case "output":
      case "exit":
      case "stopped":
        return; // Workers say so; the exit of a process is told by the system.
      default:
        assertNever(message);
    }
  }

  #receiveAnswer(answer: ClaimsAnswer): void {
    if (this.#closed) return;
    switch (answer.type) {
      case "returned":
        return this.#listener(this.#ledger.giveBack(answer.seqs));
      case "begun":
        return this.#onBegun(answer);
      default:
        assertNever(answer);
    }
  }

  #onBegun({ seq, running, startedAtMs }: Extract<ClaimsAnswer, { type: "begun" }>): void {
    const task = this.#ledger.get(seq);
    if (task === undefined) return;
    if (!this.#stopping.has(task)) return this.#listener([{ type: "started", task, startedAtMs }]);
    // If it is not the one that runs, its result is on the way.
    if (running) this.#kill();
  }

  #kill(): void {
    this.#killed = true;
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
    } catch {
      // Nothing of the group is left.
    }
  }

  /** Waits for what the process wrote before it ended, so that no result is lost. */
  async #drained(): Promise<void> {
    const data = this.#data;
    if (data === undefined || data.destroyed) return;
    await new Promise<void>((resolve) => data.once("close", () => resolve()));
  }

  async #onExit(how: string): Promise<void> {
    this.#tail?.close();
    this.#tail = undefined;
    const wasKilled = this.#killed;
    this.#kill(); // What its jobs started outlives it otherwise.
    for (const server of this.#servers) server.close();
    await this.#drained();
    for (const socket of this.#sockets) socket.destroy();
    const remains = await this.#takeRemains();
    if (this.#closed) return;
    this.#closed = true;
    this.#listener([...this.#endTasks(remains, how, wasKilled), { type: "gone", how }]);
  }

  /** What the process left in its files: of the job that ran, or else of nobody's. */
  async #takeRemains(): Promise<Remains> {
    const paths = outputPaths(this.#progressPath);
    const progress = readProgress(this.#progressPath);
    const printed = readOutput(paths);
    if (progress.running === undefined) tellStray(printed.stdout + printed.stderr);
    const excess = readExcess(this.#progressPath);
    const files = [this.#progressPath, paths.stdout, paths.stderr];
    await Promise.all(files.map((path) => rm(path, { force: true })));
    return { progress, printed, excess };
  }

  #endTasks(remains: Remains, how: string, wasKilled: boolean): SlotEvent[] {
    const { progress, printed, excess } = remains;
    if (wasKilled) return this.#endStopped(progress, printed);
    if (excess === undefined) return this.#endCrashed(progress, printed, how);
    const { running } = progress;
    const ending = excessOf(excess.limitBytes);
    // The job may have ended before the kill, and another begun.
    if (!excess.isOwn || running?.seq !== excess.seq) return this.#ledger.endAll(undefined, ending);
    const runMs = runMsSince(running.startedAtMs);
    return this.#ledger.endAll(running.seq, ending, { ...printed, runMs });
  }

  #endStopped({ running }: Progress, printed: Printed): SlotEvent[] {
    const task = running === undefined ? undefined : this.#ledger.get(running.seq);
    const ending: TaskEnding = { kind: "stopped" };
    // Between the decision to kill and the end of the process another task may have begun: it is not to blame.
    if (running === undefined || task === undefined || !this.#stopping.has(task)) {
      return this.#ledger.endAll(undefined, ending);
    }
    const runMs = runMsSince(running.startedAtMs);
    return this.#ledger.endAll(running.seq, ending, { ...printed, runMs });
  }

  #endCrashed({ running, lastWords }: Progress, printed: Printed, how: string): SlotEvent[] {
    const ending = lastWords === undefined ? { kind: "crashed", how } as const : crashOf(lastWords);
    const runMs = running === undefined ? 0 : runMsSince(running.startedAtMs);
    return this.#ledger.endAll(running?.seq, ending, { ...printed, runMs });
  }
}

/** What a process leaves when it is gone. */
type Remains = {
  readonly progress: Progress;
  readonly printed: Printed;
  readonly excess: Excess | undefined;
};
