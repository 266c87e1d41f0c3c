import type { SchedulerId } from "../proto/ids.ts";
import { decodeEndsRecord, encodeEndsRecord, type EndsRecord, ownerKind } from "./ends_record.ts";
import { read, withKind } from "./node_codec_parts.ts";
import { readId } from "./scheduler_parts.ts";
import { encodeTuple } from "./tuple.ts";

/** What a node keeps on disk of the ends that its scheduler has not acknowledged. */
export type OutboxRecord =
  /** Whose leases the following ends were of. */
  | { readonly type: "owner"; readonly scheduler: SchedulerId; readonly epoch: number }
  | EndsRecord;

/** Encodes a record. */
export function encodeOutboxRecord(record: OutboxRecord): Uint8Array {
  if (record.type !== "owner") return encodeEndsRecord(record);
  return withKind(ownerKind, encodeTuple([record.scheduler, record.epoch]));
}

/**
 * Reads a record.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeOutboxRecord} does not write.
 */
export function decodeOutboxRecord(bytes: Uint8Array): OutboxRecord {
  if (bytes[0] !== ownerKind) return decodeEndsRecord(bytes);
  return read(bytes.subarray(1), 2, (reader) => ({
    type: "owner",
    scheduler: readId<SchedulerId>(reader),
    epoch: reader.uint(),
  }));
}
