import type { ClusterId } from "../proto/ids.ts";
import type { LeaseRef } from "../proto/jobs.ts";
import type { LeaseEnd } from "../proto/scheduler_messages.ts";
import { assertNever } from "../proto/states.ts";
import { read, withKind } from "./node_codec_parts.ts";
import { decodeFromNode, encodeFromNode } from "./scheduler_node_codec.ts";
import { readId } from "./scheduler_parts.ts";
import { encodeTuple, MalformedTupleError } from "./tuple.ts";

/** What a node keeps on disk of lost clients' jobs. */
export type KeptRecord =
  /** Of which cluster the following ends are, and until when they are kept, in milliseconds since the epoch. */
  | { readonly type: "cluster"; readonly cluster: ClusterId; readonly untilMs: number }
  | { readonly type: "ends"; readonly ends: readonly LeaseEnd[] }
  /** These ends of the cluster are not needed any more. */
  | { readonly type: "gone"; readonly leases: readonly LeaseRef[] };

/** Records of ends are messages to a shared scheduler; this is the number of the one that is not. */
const clusterKind = 255;

/** Encodes a record. */
export function encodeKeptRecord(record: KeptRecord): Uint8Array {
  switch (record.type) {
    case "cluster":
      return withKind(clusterKind, encodeTuple([record.cluster, record.untilMs]));
    case "ends":
      return encodeFromNode({ type: "done", ends: record.ends });
    case "gone":
      return encodeFromNode({ type: "returned", leases: record.leases });
    default:
      return assertNever(record);
  }
}

/**
 * Reads a record.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeKeptRecord} does not write.
 */
export function decodeKeptRecord(bytes: Uint8Array): KeptRecord {
  if (bytes[0] === clusterKind) {
    return read(bytes.subarray(1), 2, (reader) => ({
      type: "cluster",
      cluster: readId<ClusterId>(reader),
      untilMs: reader.uint(),
    }));
  }
  const message = decodeFromNode(bytes);
  if (message.type === "done") return { type: "ends", ends: message.ends };
  if (message.type === "returned") return { type: "gone", leases: message.leases };
  throw new MalformedTupleError("Cannot read a record: it is of no known kind");
}
