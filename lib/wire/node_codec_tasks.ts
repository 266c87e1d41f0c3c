import { type MixedBatch, type ResultBatch, seqSpace, type TaskResult } from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";
import type { TaskEnd, TaskOutput } from "../proto/node_messages.ts";
import { utf8 } from "./bytes.ts";
import { readChoice } from "./node_codec_parts.ts";
import { openParcel } from "./parcel.ts";
import type { TupleItem, TupleReader } from "./tuple.ts";

const maxHowBytes = 4096;
const outputStreams = ["stdout", "stderr"] as const;

/** Tasks as items of a tuple. */
export function taskItems({ first, args, memoryLimits = [] }: MixedBatch): TupleItem[] {
  return [first, args.map(openParcel), memoryLimits];
}

/** Reads what {@link taskItems} wrote. */
export function readTasks(reader: TupleReader): MixedBatch {
  const first = readSeq(reader);
  const args = reader.list(() => reader.packed());
  const memoryLimits = reader.list(() => reader.uint(Number.MAX_SAFE_INTEGER), args.length);
  return { type: "tasks", first, args, ...(memoryLimits.length > 0 && { memoryLimits }) };
}

/** A result as items of a tuple. */
export function resultItems(result: TaskResult): TupleItem[] {
  const { seq, ok, value, runMs, stdout = "", stderr = "" } = result;
  return [seq, ok, openParcel(value), runMs, utf8(stdout), utf8(stderr)];
}

/** Reads a list of what {@link resultItems} wrote. */
export function readResults(reader: TupleReader): ResultBatch {
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

/** A piece of output as items of a tuple. */
export function outputItems({ seq, stream, text }: TaskOutput): TupleItem[] {
  return [seq, outputStreams.indexOf(stream), utf8(text)];
}

/** Reads what {@link outputItems} wrote. */
export function readTaskOutput(reader: TupleReader): TaskOutput {
  return reader.tuple(3, () => ({
    seq: readSeq(reader),
    stream: readChoice(reader, outputStreams),
    text: readOutput(reader),
  }));
}

/** Reads what a job printed. */
export function readOutput(reader: TupleReader): string {
  const bytes = reader.bytes(4 * limits.maxJobOutputChars);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** An end without a result as items of a tuple. */
export function endItems(end: TaskEnd): TupleItem[] {
  const { seq, runMs, how, error, memoryLimitBytes = 0, stdout, stderr } = end;
  const errors = error === undefined ? [] : [error];
  const why = [how === undefined, utf8(how ?? ""), errors, memoryLimitBytes];
  return [seq, runMs, ...why, utf8(stdout), utf8(stderr)];
}

/** Reads what {@link endItems} wrote. */
export function readEnd(reader: TupleReader): TaskEnd {
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

/** Reads a reason, which is for people. */
export function readHow(reader: TupleReader): string {
  return new TextDecoder().decode(reader.bytes(maxHowBytes));
}

/** Reads numbers of tasks. */
export function readSeqs(reader: TupleReader): number[] {
  return reader.list(() => readSeq(reader));
}

/** Reads the number of a task. */
export function readSeq(reader: TupleReader): number {
  return reader.uint(seqSpace - 1);
}
