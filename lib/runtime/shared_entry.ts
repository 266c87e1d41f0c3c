/**
 * The main module of an executor process that holds several slots, each in a Worker. Its main thread runs no jobs: it
 * passes on what host and Workers say, and answers for Workers that are busy.
 */
import type { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import process from "node:process";
import {
  joinSlotText,
  type SharedAnswer,
  type SharedRequest,
  type SlotRequest,
  splitSlotText,
} from "../proto/shared_executor.ts";
import { assertNever } from "../proto/states.ts";
import { encodeMessage, MessageReader } from "./channel.ts";
import { answerRequest } from "./claims_answer.ts";
import { endOrphan, type HostedProcess, killGroup, watchHost } from "./host_watch.ts";
import { JobWorker } from "./job_worker.ts";

type Tell = (answer: SharedAnswer) => void;

/** The Workers of this process by the number of their slot. */
class Workers {
  readonly #entry: string;
  readonly #stopsBusyWorkers: boolean;
  readonly #tell: Tell;
  readonly #kill: () => void;
  readonly #workers = new Map<number, JobWorker>();

  constructor(entry: string, stopsBusyWorkers: boolean, tell: Tell, kill: () => void) {
    this.#entry = entry;
    this.#stopsBusyWorkers = stopsBusyWorkers;
    this.#tell = tell;
    this.#kill = kill;
  }

  take(request: SharedRequest): void {
    if (typeof request === "string") {
      const { slot, text } = splitSlotText(request);
      return this.#workers.get(slot)?.post(text);
    }
    if (request.type === "start") return this.#start(request);
    const worker = this.#workers.get(request.slot);
    // What was on the way to a Worker that has ended concerns nobody.
    if (worker === undefined) return;
    switch (request.type) {
      case "tasks":
        return worker.post(request.batch);
      case "retract":
      case "probe":
        for (const answer of answerRequest(worker.claims, request)) {
          this.#tell({ slot: request.slot, ...answer });
        }
        return;
      case "stop":
        return this.#stop(request.slot, worker, request.seq);
      case "end":
        this.#workers.delete(request.slot);
        return worker.end();
      case "kill": {
        const running = worker.claims.running();
        if (running?.seq !== request.seq) return;
        this.#tell({ slot: request.slot, type: "killed", running });
        return this.#kill();
      }
      default:
        assertNever(request);
    }
  }

  #start({ slot, code, place, live }: Extract<SlotRequest, { type: "start" }>): void {
    const options = { entry: this.#entry, code: Promise.resolve(code), place, live };
    const worker = new JobWorker(options, {
      said: (message) => {
        if (typeof message === "string") this.#tell(joinSlotText(slot, message));
        else this.#tell({ slot, type: "said", message });
      },
      ended: (end, running) => {
        this.#workers.delete(slot);
        this.#tell({ slot, type: "ended", end, ...(running !== undefined && { running }) });
      },
    });
    this.#workers.set(slot, worker);
  }

  #stop(slot: number, worker: JobWorker, seq: number): void {
    const running = worker.claims.running();
    if (running?.seq !== seq) return;
    // It ends itself when its job lets it come to its messages.
    if (!this.#stopsBusyWorkers) return worker.post({ type: "stop", seq });
    worker.end();
    this.#workers.delete(slot);
    this.#tell({ slot, type: "ended", end: { type: "stopped", seq }, running });
  }
}

function start([path = "", workerUrl = "", hostPid, folder = "", stops]: readonly string[]): void {
  const hosted: HostedProcess = { hostPid: Number(hostPid), folder, pid: process.pid };
  // What the runtime needed to know is no business of jobs.
  delete process.env["BUN_BE_BUN"];
  const socket: Socket = connect(path);
  const tell: Tell = (answer) => {
    for (const bytes of encodeMessage(answer)) socket.write(bytes);
  };
  const kill = (): void => {
    // The host is there, and closes its side as well.
    socket.removeAllListeners("end");
    // What was told before has to be on its way.
    socket.end(() => killGroup(hosted));
  };
  const workers = new Workers(workerUrl, stops === "stops", tell, kill);
  const reader = new MessageReader((message) => workers.take(message as SharedRequest));
  socket.on("data", (chunk: Buffer) => reader.push(chunk));
  socket.on("error", () => endOrphan(hosted));
  // Not "close": that comes as well when this side has ended it.
  socket.on("end", () => endOrphan(hosted));
  watchHost(hosted);
}

start(process.argv.slice(2));
