import { concatBytes } from "./bytes.ts";
import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import { pad, readRole, roleNumber, unpad } from "./hello.ts";
import type { PeerRole } from "./hello.ts";
import { formatIpAddress, isMapped, parseIpAddress } from "./ip_address.ts";
import { encodeTuple, MalformedTupleError, TupleReader } from "./tuple.ts";
import { limits } from "../proto/limits.ts";

/** What a packet is for; numbered from 1 on the wire. */
const packetKinds = ["announce", "query", "reply"] as const;

/** An unasked announcement, a question, or the answer to one. */
export type DiscoveryKind = typeof packetKinds[number];

/** A place in the network, its address as {@link formatIpAddress} writes it. */
export type DiscoveryPlace = { readonly address: string; readonly port: number };

/** What a packet says. It is a hint: it grants nothing, the handshake decides. */
export type DiscoveryPacket = {
  readonly kind: DiscoveryKind;
  /** Name of the cluster, at most `limits.maxNameBytes` bytes. */
  readonly cluster: string;
  readonly role: PeerRole;
  /** The sender's host key. */
  readonly hostKey: Uint8Array;
  /** 16 bytes, random at each start of the sender. */
  readonly instanceId: Uint8Array;
  /** Rises with every packet of an instance, so that a repeated one is known. */
  readonly sequence: number;
  /** TCP port that takes connections; 0 if none does. */
  readonly port: number;
  /** UDP port that is the sender's alone; 0 if it is not to be asked. */
  readonly udpPort: number;
  /** Where both ports are reached, as {@link formatIpAddress} writes it; at most `limits.maxDiscoveryAddresses`. */
  readonly addresses: readonly string[];
  /** Where other daemons can be asked; at most `limits.maxDiscoveryPeers`. */
  readonly peers: readonly DiscoveryPlace[];
  /** In a reply the instance id of the query that it answers. */
  readonly answers: Uint8Array | undefined;
};

/** Head of every packet: "mstd" and the version. */
const head = Uint8Array.of(0x6d, 0x73, 0x74, 0x64, 1);
const instanceIdBytes = 16;
const maxPort = 65_535;
const plaintextBytes = limits.discoveryPacketBytes - head.length - cryptoLengths.nonce -
  cryptoLengths.tag;

/**
 * The bytes of a packet, always `limits.discoveryPacketBytes` of them.
 *
 * @param nonce 24 random bytes, never used again under this key.
 * @throws {RangeError} if it does not fit, or an address is none.
 */
export function sealDiscovery(
  crypto: Crypto,
  key: Uint8Array,
  nonce: Uint8Array,
  packet: DiscoveryPacket,
): Uint8Array {
  const { kind, cluster, role, hostKey, instanceId, sequence, port, udpPort } = packet;
  const tuple = [
    packetKinds.indexOf(kind) + 1,
    cluster,
    roleNumber(role),
    hostKey,
    instanceId,
    sequence,
    port,
    udpPort,
    packet.addresses.map(addressBytes),
    packet.peers.map(({ address, port }) => [addressBytes(address), port]),
    packet.answers ?? null,
  ];
  const plaintext = pad(encodeTuple(tuple), plaintextBytes);
  return concatBytes(head, nonce, crypto.seal(plaintext, nonce, key));
}

/** What a datagram says, or undefined if it was not sealed under one of `keys` by this protocol. Never throws. */
export function openDiscovery(
  crypto: Crypto,
  keys: readonly Uint8Array[],
  datagram: Uint8Array,
): DiscoveryPacket | undefined {
  if (datagram.length !== limits.discoveryPacketBytes) return undefined;
  if (head.some((byte, index) => datagram[index] !== byte)) return undefined;
  const nonce = datagram.subarray(head.length, head.length + cryptoLengths.nonce);
  const box = datagram.subarray(head.length + cryptoLengths.nonce);
  for (const key of keys) {
    const plaintext = crypto.open(box, nonce, key);
    if (plaintext !== undefined) return decodePacket(plaintext);
  }
  return undefined;
}

function decodePacket(plaintext: Uint8Array): DiscoveryPacket | undefined {
  try {
    const reader = new TupleReader(unpad(plaintext));
    const packet = reader.tuple(11, () => ({
      kind: readKind(reader),
      cluster: reader.text(limits.maxNameBytes),
      role: readRole(reader),
      hostKey: reader.bytes(cryptoLengths.key, cryptoLengths.key),
      instanceId: reader.bytes(instanceIdBytes, instanceIdBytes),
      sequence: reader.uint(),
      port: reader.uint(maxPort),
      udpPort: reader.uint(maxPort),
      addresses: reader.list(() => readAddress(reader), limits.maxDiscoveryAddresses),
      peers: reader.list(() => readPlace(reader), limits.maxDiscoveryPeers),
      answers: reader.optionalBytes(instanceIdBytes),
    }));
    if (packet.answers !== undefined && packet.answers.length !== instanceIdBytes) return undefined;
    reader.end();
    return packet;
  } catch (error) {
    if (error instanceof MalformedTupleError) return undefined;
    throw error;
  }
}

function readKind(reader: TupleReader): DiscoveryKind {
  const kind = packetKinds[reader.uint(packetKinds.length) - 1];
  if (kind === undefined) throw new MalformedTupleError("Cannot read a packet: it has kind 0");
  return kind;
}

function addressBytes(address: string): Uint8Array {
  const bytes = parseIpAddress(address);
  if (bytes === undefined) throw new RangeError(`Cannot announce ${address}: it is no IP address`);
  return bytes;
}

function readPlace(reader: TupleReader): DiscoveryPlace {
  return reader.tuple(2, () => ({ address: readAddress(reader), port: reader.uint(maxPort) }));
}

/** Each address has one form only, so that those of this host are known whatever the sender calls them. */
function readAddress(reader: TupleReader): string {
  const bytes = reader.bytes(16, 4);
  if ((bytes.length === 4 || bytes.length === 16) && !isMapped(bytes)) {
    return formatIpAddress(bytes);
  }
  throw new MalformedTupleError("Cannot read a packet: it has an address that is none");
}
