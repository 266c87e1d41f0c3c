import { limits } from "../proto/limits.ts";
import type { NodeToClient } from "../proto/node_messages.ts";
import { assertNever } from "../proto/states.ts";
import { utf8 } from "./bytes.ts";
import { readChunk, readPlaces, readWritten } from "./file_codec.ts";
import {
  decodeText,
  factCount,
  factItems,
  read,
  readFacts,
  readStatus,
  statusItems,
  withKind,
} from "./node_codec_parts.ts";
import {
  endItems,
  outputItems,
  readEnd,
  readHow,
  readResults,
  readSeq,
  readSeqs,
  readTaskOutput,
  resultItems,
} from "./node_codec_tasks.ts";
import { encodeTuple, MalformedTupleError, type TupleItem } from "./tuple.ts";

/**
 * Messages between client and node as bytes: the first byte is the message's number, then its tuple, or the text of a
 * batch, which is by far the most frequent message and is parsed as it is. Numbers of what a node says, in this order:
 */
const nodeKinds = [
  "facts",
  "wantCode",
  "waiting",
  "ready",
  "failed",
  "resultsText",
  "results",
  "ended",
  "returned",
  "running",
  "status",
  "output",
  "wantFiles",
  "written",
  "unable",
  "file",
  "part",
  "noFile",
] as const;

/** Encodes what a node says. */
export function encodeNodeMessage(message: NodeToClient): Uint8Array {
  const frame = (kind: typeof nodeKinds[number], items: readonly TupleItem[]): Uint8Array =>
    withKind(nodeKinds.indexOf(kind), encodeTuple(items));
  switch (message.type) {
    case "facts":
      return frame("facts", factItems(message.facts));
    case "wantCode":
    case "waiting":
      return frame(message.type, []);
    case "ready":
      return frame("ready", [message.slots]);
    case "failed":
      return frame("failed", [message.error]);
    case "results": {
      const { batch } = message;
      if (typeof batch === "string") return withKind(nodeKinds.indexOf("resultsText"), utf8(batch));
      return frame("results", [batch.results.map(resultItems)]);
    }
    case "ended":
      return frame("ended", [message.endings.map(endItems)]);
    case "returned":
      return frame("returned", [[...message.seqs]]);
    case "running":
      return frame("running", [message.tasks.map(({ seq, runningMs }) => [seq, runningMs])]);
    case "status":
      return frame("status", statusItems(message.status));
    case "output":
      return frame("output", [message.outputs.map(outputItems)]);
    case "wantFiles":
      return frame("wantFiles", [[...message.places]]);
    case "written":
      return frame("written", [message.bytes]);
    case "unable":
      return frame("unable", [utf8(message.why)]);
    case "file":
      return frame("file", [message.id, message.size, message.isExecutable]);
    case "part":
      return frame("part", [message.id, message.bytes]);
    case "noFile":
      return frame("noFile", [message.id, utf8(message.why)]);
    default:
      return assertNever(message);
  }
}

/**
 * Reads what a node says.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeNodeMessage} does not write.
 */
export function decodeNodeMessage(bytes: Uint8Array): NodeToClient {
  const kind = nodeKinds[bytes[0] ?? nodeKinds.length];
  const body = bytes.subarray(1);
  switch (kind) {
    case "facts":
      return read(body, factCount, (reader) => ({ type: "facts", facts: readFacts(reader) }));
    case "wantCode":
    case "waiting":
      return read(body, 0, () => ({ type: kind }));
    case "ready":
      return read(body, 1, (reader) => ({ type: "ready", slots: reader.uint(limits.maxSlots) }));
    case "failed":
      return read(body, 1, (reader) => ({ type: "failed", error: reader.packed() }));
    case "resultsText":
      return { type: "results", batch: decodeText(body) };
    case "results":
      return read(body, 1, (reader) => ({ type: "results", batch: readResults(reader) }));
    case "ended":
      return read(
        body,
        1,
        (reader) => ({ type: "ended", endings: reader.list(() => readEnd(reader)) }),
      );
    case "returned":
      return read(body, 1, (reader) => ({ type: "returned", seqs: readSeqs(reader) }));
    case "running":
      return read(body, 1, (reader) => ({
        type: "running",
        tasks: reader.list(() =>
          reader.tuple(2, () => ({ seq: readSeq(reader), runningMs: reader.duration() }))
        ),
      }));
    case "status":
      return read(body, 5, (reader) => ({ type: "status", status: readStatus(reader) }));
    case "output":
      return read(
        body,
        1,
        (reader) => ({ type: "output", outputs: reader.list(() => readTaskOutput(reader)) }),
      );
    case "wantFiles":
      return read(body, 1, (reader) => ({ type: "wantFiles", places: readPlaces(reader) }));
    case "written":
      return read(body, 1, (reader) => ({ type: "written", bytes: readWritten(reader) }));
    case "unable":
      return read(body, 1, (reader) => ({ type: "unable", why: readHow(reader) }));
    case "file":
      return read(body, 3, (reader) => ({
        type: "file",
        id: reader.uint(),
        size: reader.uint(),
        isExecutable: reader.boolean(),
      }));
    case "part":
      return read(
        body,
        2,
        (reader) => ({ type: "part", id: reader.uint(), bytes: readChunk(reader) }),
      );
    case "noFile":
      return read(
        body,
        2,
        (reader) => ({ type: "noFile", id: reader.uint(), why: readHow(reader) }),
      );
    case undefined:
      throw new MalformedTupleError("Cannot read a message: it is of no known kind");
    default:
      return assertNever(kind);
  }
}
