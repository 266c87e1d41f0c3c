/**
 * The thread that watches over an executor process while jobs keep its main thread busy: it takes tasks back and tells
 * what runs when the host asks, and it ends the process, grandchildren included, when the host is gone.
 */
import type { Buffer } from "node:buffer";
import { connect } from "node:net";
import process from "node:process";
import { encodeMessage, MessageReader } from "./channel.ts";
import { Claims } from "./claims.ts";
import { removeHostFolder } from "./orphan.ts";

/** What the process tells its watcher. */
export type WatcherInit = {
  readonly claims: SharedArrayBuffer;
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

function endGroup({ folder, pid }: WatcherInit): void {
  removeHostFolder(folder);
  // The process leads its group, so this reaches whatever its jobs started.
  process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
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
}

(globalThis as unknown as { onmessage: (event: MessageEvent<WatcherInit>) => void }).onmessage = (
  event,
) => watch(event.data);
