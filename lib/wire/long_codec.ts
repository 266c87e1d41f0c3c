import type { TaskResult } from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";
import type { LongResult, LongTask } from "../proto/node_messages.ts";
import { utf8 } from "./bytes.ts";
import { readOutput, readSeq } from "./node_codec_tasks.ts";
import { parcelOf } from "./parcel.ts";
import { encodeTuple, MalformedTupleError, type TupleItem, TupleReader } from "./tuple.ts";

/**
 * Messages of the bulk lane between client and node: one value each, which is neither copied nor read on the way.
 * `u32 length | tuple of so many bytes | the value's bytes`.
 */
const lengthBytes = 4;
const maxHeadBytes = 64 + 8 * limits.maxJobOutputChars;

/** The arguments of a task. */
export function encodeLongTask({ seq, packed, memoryLimitBytes = 0 }: LongTask): Uint8Array[] {
  const { isText, bytes } = parcelOf(packed);
  return withHead([seq, isText, memoryLimitBytes], bytes);
}

/**
 * Reads what {@link encodeLongTask} wrote.
 *
 * @throws {MalformedTupleError} for anything else.
 */
export function decodeLongTask(message: Uint8Array): LongTask {
  const [head, bytes] = splitHead(message);
  return readHead(head, 3, (reader) => {
    const seq = readSeq(reader);
    const packed = { isText: reader.boolean(), bytes };
    const memoryLimitBytes = reader.uint();
    return { seq, packed, ...(memoryLimitBytes > 0 && { memoryLimitBytes }) };
  });
}

/** The result of a task, or what it threw. */
export function encodeLongResult(result: TaskResult): Uint8Array[] {
  const { seq, ok, value, runMs, stdout = "", stderr = "" } = result;
  const { isText, bytes } = parcelOf(value);
  return withHead([seq, isText, ok, runMs, utf8(stdout), utf8(stderr)], bytes);
}

/**
 * Reads what {@link encodeLongResult} wrote.
 *
 * @throws {MalformedTupleError} for anything else.
 */
export function decodeLongResult(message: Uint8Array): LongResult {
  const [head, bytes] = splitHead(message);
  return readHead(head, 6, (reader) => {
    const seq = readSeq(reader);
    const value = { isText: reader.boolean(), bytes };
    return {
      seq,
      value,
      ok: reader.boolean(),
      runMs: reader.duration(),
      stdout: readOutput(reader),
      stderr: readOutput(reader),
    };
  });
}

function withHead(items: readonly TupleItem[], bytes: Uint8Array): Uint8Array[] {
  const tuple = encodeTuple(items);
  const head = new Uint8Array(lengthBytes + tuple.length);
  new DataView(head.buffer).setUint32(0, tuple.length);
  head.set(tuple, lengthBytes);
  return [head, bytes];
}

function splitHead(message: Uint8Array): [Uint8Array, Uint8Array] {
  const { buffer, byteOffset, length } = message;
  const headBytes = length < lengthBytes ? Infinity : new DataView(buffer, byteOffset).getUint32(0);
  const end = lengthBytes + headBytes;
  if (headBytes > maxHeadBytes || end > length) {
    throw new MalformedTupleError("Cannot read a message: its head is cut off or too long");
  }
  return [message.subarray(lengthBytes, end), message.subarray(end)];
}

function readHead<T>(head: Uint8Array, items: number, read: (reader: TupleReader) => T): T {
  const reader = new TupleReader(head);
  const message = reader.tuple(items, () => read(reader));
  reader.end();
  return message;
}
