/** What messages of clients and those of nodes to the shared scheduler have in common. */
import type { JobId } from "../proto/ids.ts";
import type { LeaseRef } from "../proto/jobs.ts";
import { limits } from "../proto/limits.ts";
import type { CodeMessage } from "../proto/scheduler_links.ts";
import type { ClusterOptions } from "../proto/scheduler_messages.ts";
import type { BatchReader, BatchWriter } from "./batch.ts";
import { asDuration, asFinite, asUint } from "./batch_items.ts";
import { codeItems, read, readCode, readComputation } from "./node_codec_parts.ts";
import { encodeTuple, MalformedTupleError, type TupleItem, type TupleReader } from "./tuple.ts";

/** UTF-8 bytes of a node's name with what tells it from others of that name. */
export const maxNodeIdBytes = 2 * limits.maxNameBytes;

/** Adds three columns that name leases, and one more for the ids. */
export function addLeases(batch: BatchWriter, leases: readonly LeaseRef[]): void {
  batch.addIds(leases.map(({ job }) => job));
  batch.addEach(leases.map(({ lease }) => lease));
  batch.addEach(leases.map(({ epoch }) => epoch));
}

/** How many columns {@link addLeases} adds. */
export const leaseColumns = 4;

/** Reads what {@link addLeases} added. */
export function readLeases(batch: BatchReader): LeaseRef[] {
  const jobs = batch.ids<JobId>();
  const leases = batch.each(jobs.length, asUint());
  const epochs = batch.each(jobs.length, asUint());
  return jobs.map((job, index) => ({
    job,
    lease: at(leases, index),
    epoch: at(epochs, index),
  }));
}

/** The value of one entry; columns are read with as many values as there are entries. */
export function at<T>(column: readonly T[], index: number): T {
  return column[index] as T;
}

/** Throws MalformedTupleError for a message to a scheduler that its journal has no room for, whatever lane it came in. */
export function checkLength({ length }: Uint8Array): void {
  if (length <= limits.maxMessageBytes) return;
  throw new MalformedTupleError(
    `Cannot read a message: ${length} bytes are more than ${limits.maxMessageBytes}`,
  );
}

/** The body of a `code` message. */
export function encodeCode({ computation, code }: CodeMessage): Uint8Array {
  return encodeTuple([computation, codeItems(code)]);
}

/** Reads {@link encodeCode}; throws MalformedTupleError. */
export function decodeCode(body: Uint8Array): CodeMessage {
  return read(body, 2, (reader) => ({
    type: "code",
    computation: readComputation(reader),
    code: reader.tuple(3, () => readCode(reader)),
  }));
}

/** Reads an id of 32 hex digits. */
export function readId<T extends string>(reader: TupleReader): T {
  const text = reader.text(32);
  if (/^[0-9a-f]{32}$/.test(text)) return text as T;
  throw new MalformedTupleError("Cannot read a message: no id where one belongs");
}

/** Reads milliseconds. */
export function readDuration(reader: TupleReader): number {
  return asDuration(reader.number());
}

/** Options of a cluster as a tuple. */
export function optionItems(options: ClusterOptions): TupleItem[] {
  return [options.priority, options.exclusive, options.maxOpenJobs, options.maxOpenBytes];
}

/** Reads what {@link optionItems} wrote. */
export function readOptions(reader: TupleReader): ClusterOptions {
  return {
    priority: asFinite(reader.number()),
    exclusive: reader.boolean(),
    maxOpenJobs: reader.uint(),
    maxOpenBytes: reader.uint(),
  };
}
