import type { Code } from "../proto/executor.ts";
import type { ComputationId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";
import type { NodeFacts, NodeStatus } from "../proto/node_messages.ts";
import { concatBytes, utf8 } from "./bytes.ts";
import { MalformedTupleError, type TupleItem, TupleReader } from "./tuple.ts";

const computationChars = 64;
const maxFilenameBytes = 256;
const maxFactBytes = 64;
const formats = ["script", "module"] as const;
const runtimes = ["bun", "deno"] as const;

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

/** Reads a text that was made by `utf8`. */
export function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new MalformedTupleError("Cannot read a message: its text is not UTF-8", { cause });
  }
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

/** A status as items of a tuple. */
export function statusItems(status: NodeStatus): TupleItem[] {
  const { busySlots, freeCpu, freeMemoryBytes, totalMemoryBytes, clockMs } = status;
  return [busySlots, freeCpu, freeMemoryBytes, totalMemoryBytes, clockMs];
}

/** Reads what {@link statusItems} wrote. */
export function readStatus(reader: TupleReader): NodeStatus {
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

/** Reads one of `choices` by its place. */
export function readChoice<T extends string>(reader: TupleReader, choices: readonly T[]): T {
  const choice = choices[reader.uint(choices.length - 1)];
  if (choice !== undefined) return choice;
  throw new MalformedTupleError("Cannot read a message: it has a choice that is none");
}
