/**
 * The thread that watches over an executor process while jobs keep its main thread busy: it takes tasks back and tells
 * what runs when the host asks, it keeps the output files short and the memory within its limit, and it ends the
 * process, grandchildren included, when the host is gone.
 */
import type { Buffer } from "node:buffer";
import { fstatSync, ftruncateSync, openSync } from "node:fs";
import { connect } from "node:net";
import type { ClaimsRequest } from "../proto/claims.ts";
import { encodeMessage, MessageReader } from "./channel.ts";
import { Claims } from "./claims.ts";
import { answerRequest } from "./claims_answer.ts";
import { endOrphan, type HostedProcess, killGroup, watchHost } from "./host_watch.ts";
import { MemoryWatch, writeExcess } from "./memory_watch.ts";
import { maxOutputBytes, outputPaths } from "./output_files.ts";
import { OutputLock } from "./output_lock.ts";

/** What the process tells its watcher. */
export type WatcherInit = HostedProcess & {
  readonly claims: SharedArrayBuffer;
  readonly outputLock: SharedArrayBuffer;
  readonly progressPath: string;
  readonly controlPath: string;
};

/** How often the output files and the memory are looked at: a job gets no further over its bounds in that time. */
const boundsPollMs = 50;

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
    for (const answer of answerRequest(claims, message as ClaimsRequest)) {
      for (const bytes of encodeMessage(answer)) socket.write(bytes);
    }
  });
  socket.on("data", (chunk: Buffer) => reader.push(chunk));
  socket.on("error", () => endOrphan(init));
  socket.on("close", () => endOrphan(init));
  watchHost(init);
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
