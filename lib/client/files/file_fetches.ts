import { limits } from "../../proto/limits.ts";
import type { ClientToNode, NodeToClient } from "../../proto/node_messages.ts";
import { assertNever } from "../../proto/states.ts";
import { MalformedTupleError } from "../../wire/tuple.ts";

/** A file in the working directory of jobs on a node. */
export type RemoteFile = {
  /** Relative to that directory. */
  readonly path: string;
  /** Whether it goes there once it is here. */
  readonly remove: boolean;
};

/** What takes a fetched file. */
export type FileSink = {
  /** It is there; called once, before its bytes. */
  begin(file: { readonly size: number; readonly isExecutable: boolean }): void;
  /** Takes the next part; the one after it comes when this has resolved. */
  write(bytes: Uint8Array): Promise<void>;
};

type Open = {
  readonly sink: FileSink;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** Undefined until the file is known to be there. */
  leftBytes: number | undefined;
  unwrittenBytes: number;
  hasFailed: boolean;
  /** What was asked of the sink last. */
  last: Promise<void>;
};

type Answer = Extract<NodeToClient, { type: "file" | "part" | "noFile" }>;

/** Files that are fetched from one node. */
export class FileFetches {
  readonly #send: (message: ClientToNode) => void;
  readonly #open = new Map<number, Open>();
  #nextId = 1;

  constructor(send: (message: ClientToNode) => void) {
    this.#send = send;
  }

  /**
   * Fetches a file; do not ask for more than `limits.maxFetches` at a time.
   *
   * @returns When all of it has been written.
   * @throws {Error} When the node cannot give it, is lost, or what the sink throws.
   */
  fetch({ path, remove }: RemoteFile, sink: FileSink): Promise<void> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#open.set(id, {
        sink,
        resolve,
        reject,
        leftBytes: undefined,
        unwrittenBytes: 0,
        hasFailed: false,
        last: Promise.resolve(),
      });
      this.#send({ type: "fetch", id, path, remove });
    });
  }

  /**
   * Takes what the node says of a file.
   *
   * @throws {MalformedTupleError} When it was not asked for that.
   */
  receive(message: Answer): void {
    const fetch = this.#open.get(message.id);
    if (fetch === undefined) throw new MalformedTupleError("Cannot take a file nobody asked for");
    switch (message.type) {
      case "file":
        return this.#begin(message.id, fetch, message);
      case "part":
        return this.#take(message.id, fetch, message.bytes);
      case "noFile":
        this.#open.delete(message.id);
        return fetch.reject(new Error(message.why));
      default:
        assertNever(message);
    }
  }

  /** Ends all of them: the node is lost. */
  end(why: string): void {
    for (const { reject } of this.#open.values()) reject(new Error(why));
    this.#open.clear();
  }

  #begin(id: number, fetch: Open, file: Extract<Answer, { type: "file" }>): void {
    if (fetch.leftBytes !== undefined) {
      throw new MalformedTupleError("Cannot take the beginning of a file twice");
    }
    fetch.leftBytes = file.size;
    fetch.sink.begin(file);
    if (file.size === 0) this.#finish(id, fetch);
  }

  #take(id: number, fetch: Open, bytes: Uint8Array): void {
    fetch.leftBytes = (fetch.leftBytes ?? 0) - bytes.length;
    fetch.unwrittenBytes += bytes.length;
    if (fetch.leftBytes < 0 || fetch.unwrittenBytes > limits.fileWindowBytes) {
      throw new MalformedTupleError("Cannot take more of a file than was announced");
    }
    fetch.last = fetch.last.then(() => write(fetch, bytes)).then(() => {
      fetch.unwrittenBytes -= bytes.length;
      this.#send({ type: "fetched", id, bytes: bytes.length });
    });
    if (fetch.leftBytes === 0) this.#finish(id, fetch);
  }

  #finish(id: number, fetch: Open): void {
    this.#open.delete(id);
    void fetch.last.then(fetch.resolve);
  }
}

/** What comes after a failure is thrown away. */
async function write(fetch: Open, bytes: Uint8Array): Promise<void> {
  if (fetch.hasFailed) return;
  try {
    await fetch.sink.write(bytes);
  } catch (error) {
    fetch.hasFailed = true;
    fetch.reject(error as Error);
  }
}
