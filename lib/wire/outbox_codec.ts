import type { SchedulerId } from "../proto/ids.ts";
import type { LeaseRef } from "../proto/jobs.ts";
import type { LeaseEnd } from "../proto/scheduler_messages.ts";
import { assertNever } from "../proto/states.ts";
import { read, withKind } from "./node_codec_parts.ts";
import { decodeFromNode, encodeFromNode } from "./scheduler_node_codec.ts";
import { readId } from "./scheduler_parts.ts";
import { encodeTuple, MalformedTupleError } from "./tuple.ts";

/** What a node keeps on disk of the ends that its scheduler has not acknowledged. */
export type OutboxRecord =
  /** Whose leases the following ends were of. */
  | { readonly type: "owner"; readonly scheduler: SchedulerId; readonly epoch: number }
  | { readonly type: "ends"; readonly ends: readonly LeaseEnd[] }
  /** These ends are not needed any more. */
  | { readonly type: "gone"; readonly leases: readonly LeaseRef[] };

/** Records of ends are the node's message about them; this is the number of the one that is not. */
const ownerKind = 255;

/** Encodes a record. */
export function encodeOutboxRecord(record: OutboxRecord): Uint8Array {
  switch (record.type) {
    case "owner":
      return withKind(ownerKind, encodeTuple([record.scheduler, record.epoch]));
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
 * @throws {MalformedTupleError} for anything that {@link encodeOutboxRecord} does not write.
 */
export function decodeOutboxRecord(bytes: Uint8Array): OutboxRecord {
  if (bytes[0] === ownerKind) {
    return read(bytes.subarray(1), 2, (reader) => ({
      type: "owner",
      scheduler: readId<SchedulerId>(reader),
      epoch: reader.uint(),
    }));
  }
  const message = decodeFromNode(bytes);
  if (message.type === "done") return { type: "ends", ends: message.ends };
  if (message.type === "returned") return { type: "gone", leases: message.leases };
  throw new MalformedTupleError("Cannot read a record: it is of no known kind");
}
