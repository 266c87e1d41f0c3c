import type { Buffer } from "node:buffer";
import type { ChildProcess } from "node:child_process";
import { createServer, type Socket } from "node:net";
import process from "node:process";
import { localSocketPath } from "../platform/local_socket.ts";
import type { ModuleCommand } from "../platform/types.ts";
import type { Code, JobPlace } from "../proto/executor.ts";
import {
  joinSlotText,
  type SharedAnswer,
  type SlotAnswer,
  type SlotRequest,
  splitSlotText,
} from "../proto/shared_executor.ts";
import { encodeMessage, MessageReader } from "../runtime/channel.ts";
import { howEnded } from "./crash.ts";
import { SharedSlot } from "./shared_slot.ts";
import { spawnExecutor } from "./spawn_executor.ts";
import type { SlotListener } from "./types.ts";

/** How such a process is started, and where its socket is. */
export type SharedProcessOptions = {
  readonly command: ModuleCommand;
  /** Main module of its Workers. */
  readonly workerUrl: string;
  /** A folder of ours alone; `name` is unique in it. */
  readonly folder: string;
  readonly name: string;
  /** Its working directory; undefined: that of this process. */
  readonly cwd: string | undefined;
  /** Whether the runtime can end a Worker that is busy. */
  readonly stopsBusyWorkers: boolean;
};

/** What one of its slots is made of. */
export type SharedSlotOptions = {
  readonly code: Promise<Code>;
  readonly place: JobPlace;
  /** Whether to tell what tasks print while they run. */
  readonly live: boolean;
};

/** An executor process that holds several slots, each in a Worker. */
export class SharedProcess {
  readonly #stopsBusyWorkers: boolean;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #slots = new Map<number, SharedSlot>();
  #opened = 0;
  #socket: Socket | undefined;
  /** What is to be sent when it is connected. */
  #waiting: (string | object)[] = [];
  #killed: Extract<SlotAnswer, { type: "killed" }> | undefined;
  #isOver = false;

  constructor(options: SharedProcessOptions) {
    const { command, workerUrl, folder, name, cwd, stopsBusyWorkers } = options;
    this.#stopsBusyWorkers = stopsBusyWorkers;
    const path = localSocketPath(folder, `${name}.s`);
    const server = createServer((socket) => {
      server.close();
      this.#open(socket);
    });
    server.listen(path);
    const stops = stopsBusyWorkers ? "stops" : "";
    const args = [path, workerUrl, String(process.pid), folder, stops];
    this.#child = spawnExecutor(command, args, { cwd });
    this.#exited = new Promise((resolve) => {
      const end = (how: string): void => {
        server.close();
        resolve(this.#onExit(how));
      };
      this.#child.once("exit", (code, signal) => end(howEnded(code, signal)));
      this.#child.once("error", ({ message }) => end(`unable to start: ${message}`));
    });
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether it ended by itself: one of the jobs that ran did it, and nobody knows which. */
  get hasCrashed(): boolean {
    return this.#isOver && this.#killed === undefined;
  }

  /** Starts a slot in it; `ready` or `failed` follows. */
  openSlot({ code, ...start }: SharedSlotOptions, listener: SlotListener): SharedSlot {
    const number = this.#opened;
    this.#opened += 1;
    const slot = new SharedSlot(listener, {
      sendText: (text) => this.#send(joinSlotText(number, text)),
      send: (request) => this.#send({ slot: number, ...request } as SlotRequest),
      stopsBusyWorkers: this.#stopsBusyWorkers,
      close: () => {
        this.#slots.delete(number);
        this.#send({ slot: number, type: "end" });
      },
    });
    this.#slots.set(number, slot);
    void code.then((ready) => this.#send({ slot: number, type: "start", code: ready, ...start }));
    return slot;
  }

  /** Ends it with everything it runs. Its slots tell nothing any more. */
  async close(): Promise<void> {
    this.#slots.clear();
    this.#kill();
    await this.#exited;
  }

  #open(socket: Socket): void {
    this.#socket = socket;
    const reader = new MessageReader((message) => this.#receive(message as SharedAnswer));
    // A reset at the end of the process is no news: its exit is what counts.
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    for (const message of this.#waiting.splice(0)) this.#send(message);
  }

  #send(message: string | object): void {
    if (this.#socket === undefined) return void this.#waiting.push(message);
    if (this.#socket.destroyed) return;
    for (const bytes of encodeMessage(message)) this.#socket.write(bytes);
  }

  #receive(answer: SharedAnswer): void {
    if (typeof answer === "string") {
      const { slot, text } = splitSlotText(answer);
      return this.#slots.get(slot)?.settle(text);
    }
    if (answer.type === "killed") return void (this.#killed = answer);
    const slot = this.#slots.get(answer.slot);
    if (answer.type === "ended") this.#slots.delete(answer.slot);
    slot?.receive(answer);
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
    } catch {
      // Nothing of the group is left.
    }
  }

  async #onExit(how: string): Promise<void> {
    this.#kill(); // What its jobs started outlives it otherwise.
    const socket = this.#socket;
    if (socket !== undefined && !socket.destroyed) {
      // What it said before its end is still on the way.
      await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    }
    this.#isOver = true;
    const killed = this.#killed;
    const slots = [...this.#slots];
    this.#slots.clear();
    for (const [number, slot] of slots) {
      slot.lose(how, killed?.slot === number ? killed.running : undefined);
    }
  }
}
