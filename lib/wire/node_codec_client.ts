import { limits } from "../proto/limits.ts";
import type { ClientToNode } from "../proto/node_messages.ts";
import { assertNever } from "../proto/states.ts";
import { utf8 } from "./bytes.ts";
import { fileItems, readChunk, readFiles, readPlace, readWritten } from "./file_codec.ts";
import {
  codeItems,
  decodeText,
  read,
  readCode,
  readComputation,
  withKind,
} from "./node_codec_parts.ts";
import { readSeqs, readTasks, taskItems } from "./node_codec_tasks.ts";
import { encodeTuple, MalformedTupleError } from "./tuple.ts";

/** Numbers of what a client says to a node, in this order: see `node_codec.ts`. */
const clientKinds = [
  "open",
  "code",
  "tasksText",
  "tasks",
  "retract",
  "stop",
  "status",
  "watch",
  "files",
  "chunk",
  "fetch",
  "fetched",
  "isolate",
] as const;
/** Encodes what a client says. */
export function encodeClientMessage(message: ClientToNode): Uint8Array {
  const frame = (kind: typeof clientKinds[number], body: Uint8Array): Uint8Array =>
    withKind(clientKinds.indexOf(kind), body);
  switch (message.type) {
    case "open":
      return frame("open", encodeTuple([message.computation]));
    case "code":
      return frame("code", encodeTuple(codeItems(message.code)));
    case "tasks": {
      const { batch } = message;
      if (typeof batch === "string") return frame("tasksText", utf8(batch));
      return frame("tasks", encodeTuple(taskItems(batch)));
    }
    case "retract":
    case "stop":
      return frame(message.type, encodeTuple([[...message.seqs]]));
    case "status":
      return frame("status", encodeTuple([]));
    case "watch":
    case "isolate":
      return frame(message.type, encodeTuple([]));
    case "files":
      return frame("files", encodeTuple([message.files.map(fileItems)]));
    case "chunk":
      return frame("chunk", encodeTuple([message.place, message.bytes]));
    case "fetch":
      return frame("fetch", encodeTuple([message.id, message.path, message.remove]));
    case "fetched":
      return frame("fetched", encodeTuple([message.id, message.bytes]));
    default:
      return assertNever(message);
  }
}

/**
 * Reads what a client says.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeClientMessage} does not write.
 */
export function decodeClientMessage(bytes: Uint8Array): ClientToNode {
  const kind = clientKinds[bytes[0] ?? clientKinds.length];
  const body = bytes.subarray(1);
  switch (kind) {
    case "open":
      return read(body, 1, (reader) => ({ type: "open", computation: readComputation(reader) }));
    case "code":
      return read(body, 3, (reader) => ({ type: "code", code: readCode(reader) }));
    case "tasksText":
      return { type: "tasks", batch: decodeText(body) };
    case "tasks":
      return read(body, 3, (reader) => ({ type: "tasks", batch: readTasks(reader) }));
    case "retract":
    case "stop":
      return read(body, 1, (reader) => ({ type: kind, seqs: readSeqs(reader) }));
    case "status":
      return read(body, 0, () => ({ type: "status" }));
    case "watch":
    case "isolate":
      return read(body, 0, () => ({ type: kind }));
    case "files":
      return read(body, 1, (reader) => ({ type: "files", files: readFiles(reader) }));
    case "chunk":
      return read(
        body,
        2,
        (reader) => ({ type: "chunk", place: readPlace(reader), bytes: readChunk(reader) }),
      );
    case "fetch":
      return read(body, 3, (reader) => ({
        type: "fetch",
        id: reader.uint(),
        path: reader.text(limits.maxFilePathBytes),
        remove: reader.boolean(),
      }));
    case "fetched":
      return read(
        body,
        2,
        (reader) => ({ type: "fetched", id: reader.uint(), bytes: readWritten(reader) }),
      );
    case undefined:
      throw new MalformedTupleError("Cannot read a message: it is of no known kind");
    default:
      return assertNever(kind);
  }
}
