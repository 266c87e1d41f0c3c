import type { LeaseRef } from "../proto/jobs.ts";
import type { LeaseEnd } from "../proto/scheduler_messages.ts";
import { assertNever } from "../proto/states.ts";
import { decodeFromNode, encodeFromNode } from "./scheduler_node_codec.ts";
import { MalformedTupleError } from "./tuple.ts";

/** What a node keeps on disk of the ends of leases that nobody has acknowledged. */
export type EndsRecord =
  | { readonly type: "ends"; readonly ends: readonly LeaseEnd[] }
  /** These ends are not needed any more. */
  | { readonly type: "gone"; readonly leases: readonly LeaseRef[] };

/** Such records are the node's messages about them; this is the number of one that says whose they are. */
export const ownerKind = 255;

/** Encodes a record. */
export function encodeEndsRecord(record: EndsRecord): Uint8Array {
  switch (record.type) {
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
 * @throws {MalformedTupleError} for anything that {@link encodeEndsRecord} does not write.
 */
export function decodeEndsRecord(bytes: Uint8Array): EndsRecord {
  const message = decodeFromNode(bytes);
  if (message.type === "done") return { type: "ends", ends: message.ends };
  if (message.type === "returned") return { type: "gone", leases: message.leases };
  throw new MalformedTupleError("Cannot read a record: it is of no known kind");
}
