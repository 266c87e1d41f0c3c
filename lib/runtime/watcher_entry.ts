/**
 * The thread that watches over an executor process while jobs keep its main thread busy: it takes tasks back and tells
 * what runs when the host asks, it keeps the output files short and the memory within its limit, and it ends the process, grandchildren included, when
 * the host is gone.
 */
import type { Buffer } from "node:buffer";
import { fstatSync, ftruncateSync, openSync } from "node:fs";
import { connect } from "node:net";
import process from "node:process";
import { encodeMessage, MessageReader } from "./channel.ts";
import { Claims } from "./claims.ts";
import { MemoryWatch, writeExcess } from "./memory_watch.ts";
import { removeHostFolder } from "./orphan.ts";
import { maxOutputBytes, outputPaths } from "./output_files.ts";
import { OutputLock } from "./output_lock.ts";

/** What the process tells its watcher. */
export type WatcherInit = {
  readonly claims: SharedArrayBuffer;
  readonly outputLock: SharedArrayBuffer;
  readonly progressPath: string;
  readonly controlPath: string;
  /** The host's process, and its folder. */
  readonly hostPid: number;
  readonly folder: string;
  readonly pid: number;
};

/** What the host asks. */
export type WatcherRequest =
  | { readonly type: "retract"; readonly seq: number }
  | { readonly type: "probe" };

/** What the watcher answers. A task that has begun is `running`, or has ended and its result is on the way. */
export type WatcherAnswer =
  | { readonly type: "returned"; readonly seq: number }
  | {
    readonly type: "begun";
    readonly seq: number;
    readonly running: boolean;
    readonly startedAtMs: number;
  };

/** How often the host is looked for. */
const hostPollMs = 1000;
/** How often the output files and the memory are looked at: a job gets no further over its bounds in that time. */
const boundsPollMs = 50;

function answer(claims: Claims, request: WatcherRequest): WatcherAnswer | undefined {
  if (request.type === "probe") {
    const now = claims.running();
    return now === undefined ? undefined : { type: "begun", running: true, ...now };
  }
  const { seq } = request;
  if (claims.withdraw(seq)) return { type: "returned", seq };
  const now = claims.running();
  if (now?.seq === seq) return { type: "begun", running: true, ...now };
  // Between its claim and its first moment, what is seen running is the one before.
  return {
    type: "begun",
    seq,
    running: false,
    startedAtMs: performance.timeOrigin + performance.now(),
  };
}

function endGroup(init: WatcherInit): void {
  removeHostFolder(init.folder);
  killGroup(init);
}

function killGroup({ pid }: WatcherInit): void {
  // The process leads its group, so this reaches whatever its jobs started.
  process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
}

/** Cuts the output files, of which no more is read than this; their writers write on at the end. */
function boundOutput(files: readonly number[], lock: OutputLock): void {
  for (const file of files) {
    if (fstatSync(file).size <= maxOutputBytes) continue;
    // The job may have ended just now, and its output been taken: nothing may become longer by this.
    lock.during(() => {
      if (fstatSync(file).size > maxOutputBytes) ftruncateSync(file, maxOutputBytes);
    });
  }
}

function watch(init: WatcherInit): void {
  const claims = new Claims(init.claims);
  const socket = connect(init.controlPath);
  const reader = new MessageReader((message) => {
    const reply = answer(claims, message as WatcherRequest);
    if (reply === undefined) return;
    for (const bytes of encodeMessage(reply)) socket.write(bytes);
  });
  socket.on("data", (chunk: Buffer) => reader.push(chunk));
  socket.on("error", () => endGroup(init));
  socket.on("close", () => endGroup(init));
  // The socket may outlive its host: in Deno a host's listeners are open in all the processes that it started.
  setInterval(() => {
    if (process.ppid !== init.hostPid) endGroup(init);
  }, hostPollMs);
  const lock = new OutputLock(init.outputLock);
  const files = Object.values(outputPaths(init.progressPath)).map((path) => openSync(path, "r+"));
  const memory = new MemoryWatch(claims);
  setInterval(() => {
    boundOutput(files, lock);
    const excess = memory.look();
    if (excess === undefined) return;
    writeExcess(init.progressPath, excess);
    killGroup(init);
  }, boundsPollMs);
}

(globalThis as unknown as { onmessage: (event: MessageEvent<WatcherInit>) => void }).onmessage = (
  event,
) => watch(event.data);
