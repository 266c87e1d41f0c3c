import { isAllZero } from "./bytes.ts";
import { encodeTuple, MalformedTupleError, TupleReader } from "./tuple.ts";
import { limits } from "../proto/limits.ts";

/** What a peer is to the other side. */
export type PeerRole = "node" | "client" | "scheduler";

/** Roles by their number on the wire, from 1. */
const roleNumbers: readonly PeerRole[] = ["node", "client", "scheduler"];

/** Which secret a peer holds. */
export type SecretRole = "node" | "client";

/** The roles a secret gives. */
export const rolesOfSecret: { readonly [role in SecretRole]: readonly PeerRole[] } = {
  node: ["node", "scheduler"],
  client: ["client"],
};

/** What the responder says of itself in the second message. */
export type ResponderHello = {
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly role: PeerRole;
  /** Rises with each start of a scheduler; 0 for others. */
  readonly epoch: number;
  readonly maxRecordBytes: number;
  readonly maxMessageBytes: number;
};

/** What the initiator says of itself in the third message. */
export type PeerHello = {
  readonly role: PeerRole;
  /** At most `limits.maxNameBytes` bytes of UTF-8. */
  readonly name: string;
  /** 16 bytes, random at each start of a program. */
  readonly instanceId: Uint8Array;
  /** Up to 64 bytes; undefined on a first connection. */
  readonly resumeToken: Uint8Array | undefined;
};

const instanceIdBytes = 16;
const maxResumeTokenBytes = 64;

/** Bytes of the length before a padded tuple. */
const lengthBytes = 2;

/** The plaintext of the second message. */
export function encodeResponderHello(hello: ResponderHello, paddedBytes: number): Uint8Array {
  const { minVersion, maxVersion, epoch, maxRecordBytes, maxMessageBytes } = hello;
  const role = roleNumber(hello.role);
  const tuple = [minVersion, maxVersion, role, epoch, maxRecordBytes, maxMessageBytes];
  return pad(encodeTuple(tuple), paddedBytes);
}

/** Reads {@link encodeResponderHello}; throws MalformedTupleError. */
export function decodeResponderHello(padded: Uint8Array): ResponderHello {
  const reader = new TupleReader(unpad(padded));
  const hello = reader.tuple(6, () => ({
    minVersion: reader.uint(255),
    maxVersion: reader.uint(255),
    role: readRole(reader),
    epoch: reader.uint(),
    maxRecordBytes: reader.uint(),
    maxMessageBytes: reader.uint(),
  }));
  reader.end();
  return hello;
}

/** The plaintext of the third message. */
export function encodePeerHello(hello: PeerHello, paddedBytes: number): Uint8Array {
  const { role, name, instanceId, resumeToken } = hello;
  return pad(encodeTuple([roleNumber(role), name, instanceId, resumeToken ?? null]), paddedBytes);
}

/** Reads {@link encodePeerHello}; throws MalformedTupleError. */
export function decodePeerHello(padded: Uint8Array): PeerHello {
  const reader = new TupleReader(unpad(padded));
  const hello = reader.tuple(4, () => ({
    role: readRole(reader),
    name: reader.text(limits.maxNameBytes),
    instanceId: reader.bytes(instanceIdBytes, instanceIdBytes),
    resumeToken: reader.optionalBytes(maxResumeTokenBytes),
  }));
  reader.end();
  return hello;
}

/** Number of a role on the wire. */
export function roleNumber(role: PeerRole): number {
  return roleNumbers.indexOf(role) + 1;
}

/** Reads a role by its number. */
export function readRole(reader: TupleReader): PeerRole {
  const role = roleNumbers[reader.uint(roleNumbers.length) - 1];
  if (role === undefined) throw new MalformedTupleError("Cannot read a message: it has role 0");
  return role;
}

/**
 * A length, the bytes, zeros up to `paddedBytes`: the size tells nothing of the content.
 *
 * @throws {RangeError} if they do not fit.
 */
export function pad(bytes: Uint8Array, paddedBytes: number): Uint8Array {
  if (bytes.length + lengthBytes > paddedBytes) {
    const room = paddedBytes - lengthBytes;
    throw new RangeError(`Cannot pad a message: ${bytes.length} bytes are more than ${room}`);
  }
  const padded = new Uint8Array(paddedBytes);
  new DataView(padded.buffer).setUint16(0, bytes.length);
  padded.set(bytes, lengthBytes);
  return padded;
}

/** The bytes before the padding, which must be zeros; throws MalformedTupleError. */
export function unpad(padded: Uint8Array): Uint8Array {
  const length = new DataView(padded.buffer, padded.byteOffset, lengthBytes).getUint16(0);
  const end = lengthBytes + length;
  if (end > padded.length || !isAllZero(padded.subarray(end))) {
    throw new MalformedTupleError("Cannot read a message: its padding is wrong");
  }
  return padded.subarray(lengthBytes, end);
}
