/**
 * The main module of an executor process. Its main thread runs the jobs, because a hop to a Worker costs more than the
 * way to the process itself; a second thread, which no job can block, watches over it (see `watcher_entry.ts`).
 */
import type { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import {
  type HostMessage,
  type InitMessage,
  minParcelLength,
  type RunnerMessage,
} from "../proto/executor.ts";
import { freeBytes } from "../wire/bytes.ts";
import { capturePrinting } from "./capture.ts";
import { encodeRunnerMessage, MessageReader } from "./channel.ts";
import { Claims } from "./claims.ts";
import { loadComputation } from "./load.ts";
import { FileOutput } from "./file_output.ts";
import { onLastWords } from "./last_words.ts";
import { removeHostFolder } from "./orphan.ts";
import { outputPaths } from "./output_files.ts";
import { OutputLock } from "./output_lock.ts";
import { exposePlace } from "./place.ts";
import { ProgressFile } from "./progress_file.ts";
import { Runner } from "./runner.ts";
import { packThrown } from "./thrown.ts";
import type { WatcherInit } from "./watcher_entry.ts";

/** How the host starts this process: by arguments, since jobs see the environment. */
type Arguments = {
  readonly dataPath: string;
  readonly controlPath: string;
  readonly progressPath: string;
  readonly watcherUrl: string;
  readonly hostPid: number;
};

/** Claims that also leave the number of the running task where the host finds it when this process is gone. */
class RecordedClaims extends Claims {
  readonly #progress: ProgressFile;

  constructor(progress: ProgressFile) {
    super();
    this.#progress = progress;
  }

  override begin(seq: number, startedAtMs: number, limitBytes = 0): boolean {
    const begun = super.begin(seq, startedAtMs, limitBytes);
    if (begun) this.#progress.begin(seq, startedAtMs);
    return begun;
  }

  override idle(): void {
    super.idle();
    this.#progress.idle();
  }
}

function startWatcher(args: Arguments, claims: Claims, lock: OutputLock): void {
  const watcher = new Worker(args.watcherUrl, { type: "module" });
  const init: WatcherInit = {
    claims: claims.buffer,
    outputLock: lock.buffer,
    progressPath: args.progressPath,
    controlPath: args.controlPath,
    hostPid: args.hostPid,
    folder: dirname(args.progressPath),
    pid: process.pid,
  };
  watcher.postMessage(init);
}

function portOf(socket: Socket): (message: RunnerMessage) => Promise<void> {
  return (message) => {
    for (const bytes of encodeRunnerMessage(message)) {
      if (bytes.length < minParcelLength) socket.write(bytes);
      else socket.write(bytes, () => freeBytes(bytes));
    }
    // A job that keeps this thread busy would hold the bytes back.
    return setImmediate();
  };
}

async function start(args: Arguments): Promise<void> {
  // What the runtime needed to know is no business of jobs.
  delete process.env["BUN_BE_BUN"];
  const progress = new ProgressFile(args.progressPath);
  onLastWords((message) => progress.end(message));
  const claims = new RecordedClaims(progress);
  const lock = new OutputLock();
  startWatcher(args, claims, lock);
  const socket = connect(args.dataPath);
  const post = portOf(socket);
  const output = new FileOutput(
    outputPaths(args.progressPath),
    lock,
    () => progress.idle(),
    (text) => void post({ type: "stray", text }),
  );
  capturePrinting(output.sink);
  let runner: Runner | undefined;
  const load = async ({ code, place }: InitMessage): Promise<void> => {
    try {
      exposePlace(place);
      runner = new Runner(await loadComputation(code, place.dir), claims, output, { post });
      output.tellStray();
      await post({ type: "ready" });
    } catch (error) {
      output.tellStray();
      await post({ type: "failed", error: packThrown(error) });
    }
  };
  const reader = new MessageReader((message) => {
    const hostMessage = message as HostMessage;
    if (typeof hostMessage === "string" || hostMessage.type === "tasks") {
      runner?.accept(hostMessage);
    } else if (hostMessage.type === "init") void load(hostMessage);
  }, { isKept: false });
  socket.on("data", (chunk: Buffer) => reader.push(chunk));
  // The watcher ends this process too, but only this way does an idle one go quietly.
  socket.on("close", () => {
    removeHostFolder(dirname(args.progressPath));
    process.exit(0);
  });
  await new Promise<void>((connected) => socket.once("connect", connected));
}

const [dataPath = "", controlPath = "", progressPath = "", watcherUrl = "", hostPid] = process.argv
  .slice(2);
await start({ dataPath, controlPath, progressPath, watcherUrl, hostPid: Number(hostPid) });
