import type { ClusterId } from "../proto/ids.ts";
import { decodeEndsRecord, encodeEndsRecord, type EndsRecord, ownerKind } from "./ends_record.ts";
import { read, withKind } from "./node_codec_parts.ts";
import { readId } from "./scheduler_parts.ts";
import { encodeTuple } from "./tuple.ts";

/** What a node keeps on disk of lost clients' jobs. */
export type KeptRecord =
  /** Of which cluster the following ends are, and until when they are kept, in milliseconds since the epoch. */
  | { readonly type: "cluster"; readonly cluster: ClusterId; readonly untilMs: number }
  | EndsRecord;

/** Encodes a record. */
export function encodeKeptRecord(record: KeptRecord): Uint8Array {
  if (record.type !== "cluster") return encodeEndsRecord(record);
  return withKind(ownerKind, encodeTuple([record.cluster, record.untilMs]));
}

/**
 * Reads a record.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeKeptRecord} does not write.
 */
export function decodeKeptRecord(bytes: Uint8Array): KeptRecord {
  if (bytes[0] !== ownerKind) return decodeEndsRecord(bytes);
  return read(bytes.subarray(1), 2, (reader) => ({
    type: "cluster",
    cluster: readId<ClusterId>(reader),
    untilMs: reader.uint(),
  }));
}
