/** Main module of the thread that writes a journal's file: a disk that takes its time holds up nobody else. */
import { assertNever } from "../proto/states.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { type Answers, type Reply, type Request, sendError } from "./thread_messages.ts";

/** What is used of a Worker's global scope; its own types would bring the others of a browser. */
type WorkerScope = {
  onmessage: (event: { readonly data: Request }) => void;
  postMessage(message: Reply, transfer: readonly ArrayBuffer[]): void;
};

const scope = globalThis as unknown as WorkerScope;
let store: SqliteStore | undefined;

scope.onmessage = ({ data }) => {
  try {
    const value = handle(data);
    scope.postMessage({ type: "done", value }, buffersOf(value));
  } catch (error) {
    scope.postMessage({ type: "failed", error: sendError(error) }, []);
  }
  // Nobody waits now.
  if (data.type === "commit") store?.checkpoint();
};

function handle(request: Request): Answers[keyof Answers] {
  if (request.type === "open") {
    store = new SqliteStore(request.options);
    return store.found;
  }
  if (store === undefined) throw new Error("Cannot use the journal: it is not open");
  switch (request.type) {
    case "read":
      return store.read(request.fromSeq);
    case "commit":
      return store.commit(request.batch);
    case "startAt":
      return store.startAt(request.firstSeq, request.snapshotEnd);
    case "trim":
      return store.trim();
    case "close":
      return store.close();
    default:
      return assertNever(request);
  }
}

/** Batches move to the other thread. */
function buffersOf(value: Answers[keyof Answers]): ArrayBuffer[] {
  if (typeof value !== "object" || !("batches" in value)) return [];
  return value.batches.flatMap(({ body }) => body.buffer instanceof ArrayBuffer ? body.buffer : []);
}
