import type { TaskName } from "../tasks.ts";
import type { OpenPeer, Peer } from "./peer.ts";
import type { RawRequest } from "./raw_worker.ts";

/** How many tasks of a list go into one message, given how many tasks there are for each worker. */
type BatchSize = (share: number) => number;

/** What Web Workers give by themselves: messages there and back, and nothing that a pool is for. */
class RawPool implements OpenPeer {
  readonly #threads: Worker[];
  readonly #waiting = new Map<number, (result: number) => void>();
  readonly #batchSize: BatchSize;
  #nextId = 0;
  #nextThread = 0;

  constructor(workers: number, batchSize: BatchSize) {
    this.#batchSize = batchSize;
    this.#threads = Array.from({ length: workers }, () => {
      const thread = new Worker(new URL("./raw_worker.ts", import.meta.url), { type: "module" });
      thread.onmessage = ({ data }: MessageEvent<number[]>) => {
        for (let index = 0; index < data.length; index += 2) {
          this.#settle(data[index], data[index + 1]);
        }
      };
      return thread;
    });
  }

  run(task: TaskName, value: number): Promise<number> {
    return new Promise((resolve) => this.#post(task, [this.#expect(resolve), value]));
  }

  runAll(task: TaskName, values: readonly number[]): Promise<number[]> {
    const batchSize = this.#batchSize(Math.ceil(values.length / this.#threads.length));
    const results: Promise<number>[] = [];
    for (let start = 0; start < values.length; start += batchSize) {
      const body: number[] = [];
      for (const value of values.slice(start, start + batchSize)) {
        results.push(new Promise((resolve) => body.push(this.#expect(resolve), value)));
      }
      this.#post(task, body);
    }
    return Promise.all(results);
  }

  close(): Promise<void> {
    for (const thread of this.#threads) thread.terminate();
    return Promise.resolve();
  }

  #expect(resolve: (result: number) => void): number {
    this.#nextId += 1;
    this.#waiting.set(this.#nextId, resolve);
    return this.#nextId;
  }

  /** Threads take turns. */
  #post(task: TaskName, body: number[]): void {
    const request: RawRequest = { task, body };
    this.#nextThread = (this.#nextThread + 1) % this.#threads.length;
    this.#threads[this.#nextThread]?.postMessage(request);
  }

  #settle(id = -1, result = NaN): void {
    this.#waiting.get(id)?.(result);
    this.#waiting.delete(id);
  }
}

function raw(name: string, batchSize: BatchSize): Peer {
  return { name, open: (workers) => Promise.resolve(new RawPool(workers, batchSize)) };
}

/** One message for each task. */
export const rawSingle: Peer = raw("raw Workers", () => 1);

/** One message for each 64 tasks. */
export const rawBatched: Peer = raw("raw Workers, 64 a message", () => 64);

/** One message for each worker: no worker ever waits for work. */
export const rawShares: Peer = raw("raw Workers, one message each", (share) => share);
