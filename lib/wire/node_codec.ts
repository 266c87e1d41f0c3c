import type { Code, ResultBatch, TaskBatch, TaskResult } from "../proto/executor.ts";
import { seqSpace } from "../proto/executor.ts";
import type { ComputationId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";
import type {
  ClientToNode,
  NodeFacts,
  NodeStatus,
  NodeToClient,
  TaskEnd,
  TaskOutput,
} from "../proto/node_messages.ts";
import { assertNever } from "../proto/states.ts";
import { concatBytes, utf8 } from "./bytes.ts";
import {
  fileItems,
  readChunk,
  readFiles,
  readPlace,
  readPlaces,
  readWritten,
} from "./file_codec.ts";
import { openParcel } from "./parcel.ts";
import { encodeTuple, MalformedTupleError, type TupleItem, TupleReader } from "./tuple.ts";

/**
 * Messages between client and node as bytes: the first byte is the message's number, then its tuple, or the text of a
 * batch, which is by far the most frequent message and is parsed as it is.
 */
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

const computationChars = 64;
const maxFilenameBytes = 256;
const maxHowBytes = 4096;
const maxFactBytes = 64;
const outputStreams = ["stdout", "stderr"] as const;
const formats = ["script", "module"] as const;
const runtimes = ["bun", "deno"] as const;

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
      const limits = batch.memoryLimits ?? [];
      return frame("tasks", encodeTuple([batch.first, batch.args.map(openParcel), [...limits]]));
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
    case "results":
      return encodeResults(message.batch);
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

/** A message: its number and its body. */
export function withKind(kind: number, body: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(kind), body);
}

/** Reads a body that is one tuple. */
export function read<T>(body: Uint8Array, items: number, readItems: (reader: TupleReader) => T): T {
  const reader = new TupleReader(body);
  const message = reader.tuple(items, () => readItems(reader));
  reader.end();
  return message;
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new MalformedTupleError("Cannot read a message: its text is not UTF-8", { cause });
  }
}

function encodeResults(batch: ResultBatch): Uint8Array {
  if (typeof batch === "string") return withKind(nodeKinds.indexOf("resultsText"), utf8(batch));
  const items = batch.results.map(({ seq, ok, value, runMs, stdout = "", stderr = "" }) => [
    seq,
    ok,
    openParcel(value),
    runMs,
    utf8(stdout),
    utf8(stderr),
  ]);
  return withKind(nodeKinds.indexOf("results"), encodeTuple([items]));
}

function readResults(reader: TupleReader): ResultBatch {
  const results = reader.list((): TaskResult =>
    reader.tuple(6, () => ({
      seq: readSeq(reader),
      ok: reader.boolean(),
      value: reader.packed(),
      runMs: reader.duration(),
      stdout: readOutput(reader),
      stderr: readOutput(reader),
    }))
  );
  return { type: "results", results };
}

function outputItems({ seq, stream, text }: TaskOutput): TupleItem[] {
  return [seq, outputStreams.indexOf(stream), utf8(text)];
}

function readTaskOutput(reader: TupleReader): TaskOutput {
  return reader.tuple(3, () => ({
    seq: readSeq(reader),
    stream: readChoice(reader, outputStreams),
    text: readOutput(reader),
  }));
}

function readOutput(reader: TupleReader): string {
  const bytes = reader.bytes(4 * limits.maxJobOutputChars);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function readTasks(reader: TupleReader): TaskBatch {
  const first = readSeq(reader);
  const args = reader.list(() => reader.packed());
  const memoryLimits = reader.list(() => reader.uint(Number.MAX_SAFE_INTEGER), args.length);
  return { type: "tasks", first, args, ...(memoryLimits.length > 0 && { memoryLimits }) };
}

function endItems(end: TaskEnd): TupleItem[] {
  const { seq, runMs, how, error, memoryLimitBytes = 0, stdout, stderr } = end;
  const errors = error === undefined ? [] : [error];
  const why = [how === undefined, utf8(how ?? ""), errors, memoryLimitBytes];
  return [seq, runMs, ...why, utf8(stdout), utf8(stderr)];
}

function readEnd(reader: TupleReader): TaskEnd {
  return reader.tuple(8, () => {
    const seq = readSeq(reader);
    const runMs = reader.duration();
    const isStopped = reader.boolean();
    const how = readHow(reader);
    const [error] = reader.list(() => reader.packed(), 1);
    const memoryLimitBytes = reader.uint(Number.MAX_SAFE_INTEGER);
    return {
      seq,
      runMs,
      how: isStopped ? undefined : how,
      ...(error !== undefined && { error }),
      ...(memoryLimitBytes > 0 && { memoryLimitBytes }),
      stdout: readOutput(reader),
      stderr: readOutput(reader),
    };
  });
}

function readHow(reader: TupleReader): string {
  return new TextDecoder().decode(reader.bytes(maxHowBytes));
}

function readSeqs(reader: TupleReader): number[] {
  return reader.list(() => readSeq(reader));
}

function readSeq(reader: TupleReader): number {
  return reader.uint(seqSpace - 1);
}

/** Reads the id of a computation. */
export function readComputation(reader: TupleReader): ComputationId {
  const text = reader.text(computationChars);
  if (/^[0-9a-f]{64}$/.test(text)) return text as ComputationId;
  throw new MalformedTupleError("Cannot read a message: it names no computation");
}

/** Code as a tuple. */
export function codeItems({ format, filename, text }: Code): TupleItem[] {
  return [formats.indexOf(format), filename, utf8(text)];
}

/** Reads what {@link codeItems} wrote. */
export function readCode(reader: TupleReader): Code {
  const format = readChoice(reader, formats);
  const filename = reader.text(maxFilenameBytes);
  return { format, filename, text: decodeText(reader.bytes(limits.maxMessageBytes)) };
}

/** Items of {@link factItems}. */
export const factCount = 7;

/** Facts as a tuple. */
export function factItems(facts: NodeFacts): TupleItem[] {
  const { slots, runtime, runtimeVersion, platform, arch, version, tags } = facts;
  return [slots, runtimes.indexOf(runtime), runtimeVersion, platform, arch, version, tags];
}

/** Reads what {@link factItems} wrote. */
export function readFacts(reader: TupleReader): NodeFacts {
  return {
    slots: reader.uint(limits.maxSlots),
    runtime: readChoice(reader, runtimes),
    runtimeVersion: reader.text(maxFactBytes),
    platform: reader.text(maxFactBytes),
    arch: reader.text(maxFactBytes),
    version: reader.text(maxFactBytes),
    tags: reader.list(() => reader.text(limits.maxTagBytes), limits.maxTags),
  };
}

function statusItems(status: NodeStatus): TupleItem[] {
  const { busySlots, freeCpu, freeMemoryBytes, totalMemoryBytes, clockMs } = status;
  return [busySlots, freeCpu, freeMemoryBytes, totalMemoryBytes, clockMs];
}

function readStatus(reader: TupleReader): NodeStatus {
  return {
    busySlots: reader.uint(limits.maxSlots),
    freeCpu: readPart(reader),
    freeMemoryBytes: reader.uint(),
    totalMemoryBytes: reader.uint(),
    clockMs: reader.uint(),
  };
}

function readPart(reader: TupleReader): number {
  const value = reader.number();
  if (value >= 0 && value <= 1) return value;
  throw new MalformedTupleError(`Cannot read a message: ${value} is no part of a whole`);
}

function readChoice<T extends string>(reader: TupleReader, choices: readonly T[]): T {
  const choice = choices[reader.uint(choices.length - 1)];
  if (choice !== undefined) return choice;
  throw new MalformedTupleError("Cannot read a message: it has a choice that is none");
}
