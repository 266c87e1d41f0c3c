import { JournalError } from "./journal_error.ts";
import type { Extent, JournalStore, StoredBatch, StoredPart, StoreOptions } from "./store.ts";
import { type Answers, receiveError, type Reply, type Request } from "./thread_messages.ts";
import { threadUrl } from "./thread_url.ts";

type Waiting = {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
};

/** An SQLite store in a thread of its own. */
export class ThreadStore implements JournalStore {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #found: Extent = { firstSeq: 1, snapshotEnd: 0, lastSeq: 0 };
  #lost: JournalError | undefined;

  private constructor() {
    this.#worker = new Worker(threadUrl(), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      // Without this, Deno ends the whole process.
      event.preventDefault();
      this.#lose(event.message);
    };
    this.#worker.addEventListener("close", () => this.#lose("it ended"));
  }

  /**
   * Opens the journal of a folder.
   *
   * @throws {UsageError} If another process uses it, it is no journal, or others could read it.
   * @throws {JournalError} If it is damaged or the disk fails.
   */
  static async open(options: StoreOptions): Promise<ThreadStore> {
    const store = new ThreadStore();
    try {
      store.#found = await store.#call("open", { type: "open", options });
      return store;
    } catch (error) {
      store.#end();
      throw error;
    }
  }

  get found(): Extent {
    return this.#found;
  }

  read(fromSeq: number): Promise<StoredPart> {
    return this.#call("read", { type: "read", fromSeq });
  }

  commit(batch: StoredBatch): Promise<number> {
    return this.#call("commit", { type: "commit", batch }, batch.body.buffer);
  }

  async startAt(firstSeq: number, snapshotEnd: number): Promise<void> {
    await this.#call("startAt", { type: "startAt", firstSeq, snapshotEnd });
  }

  trim(): Promise<boolean> {
    return this.#call("trim", { type: "trim" });
  }

  async close(): Promise<void> {
    try {
      await this.#call("close", { type: "close" });
    } finally {
      this.#end();
    }
  }

  #call<T extends Request["type"]>(
    _type: T,
    request: Request & { readonly type: T },
    moved?: ArrayBufferLike,
  ): Promise<Answers[T]> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request, moved instanceof ArrayBuffer ? [moved] : []);
    });
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.shift();
    if (reply.type === "done") waiting?.resolve(reply.value as never);
    else waiting?.reject(receiveError(reply.error));
  }

  #lose(why: string): void {
    const message =
      `Cannot write the journal: the thread that does has ended (${why}): start again`;
    this.#lost ??= new JournalError(message, "lost");
    for (const { reject } of this.#waiting.splice(0)) reject(this.#lost);
  }

  #end(): void {
    this.#lost ??= new JournalError("Cannot use the journal: it is closed", "lost");
    this.#worker.terminate();
  }
}
