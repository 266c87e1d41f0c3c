import { seqSpace } from "../proto/executor.ts";
import type { ClusterId } from "../proto/ids.ts";
import type { ClientToKeeper, KeeperToClient } from "../proto/keep_messages.ts";
import { assertNever } from "../proto/states.ts";
import { BatchWriter, readBatch } from "./batch.ts";
import { asFlag, asUint } from "./batch_items.ts";
import { read, withKind } from "./node_codec_parts.ts";
import { decodeFromNode, encodeFromNode } from "./scheduler_node_codec.ts";
import { addLeases, leaseColumns, readId, readLeases } from "./scheduler_parts.ts";
import { encodeTuple, MalformedTupleError } from "./tuple.ts";

/** Numbers of these messages begin here, beyond those of `node_codec.ts` and `node_codec_client.ts`. */
const firstKind = 64;
const clientKinds = ["keep", "leases", "forget", "collect"] as const;
const keeperKinds = ["kept", "held"] as const;

/** Whether a message between client and node is one of these. */
export function isKeepMessage(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0) >= firstKind;
}

/** Encodes what a client says. */
export function encodeClientToKeeper(message: ClientToKeeper): Uint8Array {
  const kind = firstKind + clientKinds.indexOf(message.type);
  switch (message.type) {
    case "keep":
    case "collect":
      return withKind(kind, encodeTuple([message.cluster]));
    case "leases": {
      const batch = new BatchWriter();
      batch.add(message.first);
      addLeases(batch, message.leases);
      return batch.finish(kind);
    }
    case "forget": {
      const batch = new BatchWriter();
      addLeases(batch, message.leases);
      return batch.finish(kind);
    }
    default:
      return assertNever(message);
  }
}

/**
 * Reads what a client says.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeClientToKeeper} does not write.
 */
export function decodeClientToKeeper(bytes: Uint8Array): ClientToKeeper {
  const type = clientKinds[(bytes[0] ?? 0) - firstKind];
  const body = bytes.subarray(1);
  switch (type) {
    case "keep":
    case "collect":
      return read(body, 1, (reader) => ({ type, cluster: readId<ClusterId>(reader) }));
    case "leases":
      return readBatch(body, 1 + leaseColumns, (batch) => {
        const first = batch.one(asUint(seqSpace - 1));
        return { type, first, leases: readLeases(batch) };
      });
    case "forget":
      return { type, leases: readBatch(body, leaseColumns, readLeases) };
    case undefined:
      throw new MalformedTupleError("Cannot read a message: it is of no known kind");
    default:
      return assertNever(type);
  }
}

/** Encodes what a node says. */
export function encodeKeeperToClient(message: KeeperToClient): Uint8Array {
  const kind = firstKind + keeperKinds.indexOf(message.type);
  switch (message.type) {
    case "kept":
      return withKind(kind, encodeFromNode({ type: "done", ends: message.ends }));
    case "held": {
      const batch = new BatchWriter();
      batch.add(message.isWhole);
      addLeases(batch, message.leases);
      return batch.finish(kind);
    }
    default:
      return assertNever(message);
  }
}

/**
 * Reads what a node says.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeKeeperToClient} does not write.
 */
export function decodeKeeperToClient(bytes: Uint8Array): KeeperToClient {
  const type = keeperKinds[(bytes[0] ?? 0) - firstKind];
  const body = bytes.subarray(1);
  switch (type) {
    case "kept": {
      const inner = decodeFromNode(body);
      if (inner.type === "done") return { type, ends: inner.ends };
      throw new MalformedTupleError("Cannot read a message: no ends where they belong");
    }
    case "held":
      return readBatch(body, 1 + leaseColumns, (batch) => {
        const isWhole = batch.one(asFlag);
        return { type, isWhole, leases: readLeases(batch) };
      });
    case undefined:
      throw new MalformedTupleError("Cannot read a message: it is of no known kind");
    default:
      return assertNever(type);
  }
}
