import { createCipheriv, createDecipheriv } from "node:crypto";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import { tweetnaclCrypto } from "../../../lib/wire/crypto_tweetnacl.ts";
import { loadSodiumCrypto } from "../../../lib/wire/crypto_sodium.ts";
import type { Crypto } from "../../../lib/wire/crypto.ts";
import { Initiator } from "../../../lib/wire/handshake_initiator.ts";
import type { InitiatorConfig } from "../../../lib/wire/handshake_initiator.ts";
import { prepareSecrets, Responder } from "../../../lib/wire/handshake_responder.ts";
import type { AcceptedSecret, ResponderConfig } from "../../../lib/wire/handshake_responder.ts";
import type { HandshakeEvent, Opened } from "../../../lib/wire/handshake.ts";
import type { PeerHello, ResponderHello } from "../../../lib/wire/hello.ts";
import { deriveKey } from "../../../lib/wire/kdf.ts";
import type { LongRecord, RecordEvent } from "../../../lib/wire/record.ts";
import type { RecordReader } from "../../../lib/wire/record_reader.ts";
import { frameHeader } from "../../../lib/wire/record_writer.ts";
import type { WrittenRecord } from "../../../lib/wire/record_writer.ts";

/** Both implementations of the primitives, by name. */
export const cryptos: ReadonlyMap<string, Crypto> = new Map([
  ["tweetnacl", tweetnaclCrypto],
  ["libsodium", await loadSodiumCrypto()],
]);

/** The quick one, for tests in which the bytes matter and not who makes them. */
export const quickCrypto: Crypto = cryptos.get("libsodium") ?? tweetnaclCrypto;

/** `length` bytes that rise from `first`: keys that a reader recognises. */
export function rising(first: number, length = 32): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (first + index) & 0xff);
}

/** The root secret of all fixtures. */
export const rootSecret: Uint8Array<ArrayBuffer> = rising(0x00);

export const responderHello: ResponderHello = {
  minVersion: 1,
  maxVersion: 1,
  role: "scheduler",
  epoch: 42,
  maxRecordBytes: 262_144,
  maxMessageBytes: 67_108_864,
};

export const peerHello: PeerHello = {
  role: "node",
  name: "node-a",
  instanceId: rising(0x80, 16),
  resumeToken: undefined,
};

/** Keys of a handshake, always the same. */
export function initiatorConfig(changes: Partial<InitiatorConfig> = {}): InitiatorConfig {
  const crypto = changes.crypto ?? quickCrypto;
  return {
    crypto,
    hostSecretKey: rising(0x20),
    ephemeralSecretKey: rising(0x40),
    psk: deriveKey(crypto, rootSecret, "psk/node"),
    version: 1,
    maxVersion: 1,
    suite: "nacl",
    hello: peerHello,
    acceptHost: () => true,
    startedAtMs: 0,
    ...changes,
  };
}

/** The secrets a scheduler with the root secret accepts. */
export function acceptedSecrets(crypto: Crypto, root: Uint8Array = rootSecret): AcceptedSecret[] {
  return [
    { role: "node", psk: deriveKey(crypto, root, "psk/node") },
    { role: "client", psk: deriveKey(crypto, root, "psk/client") },
  ];
}

export function responderConfig(changes: Partial<ResponderConfig> = {}): ResponderConfig {
  const crypto = changes.crypto ?? quickCrypto;
  return {
    crypto,
    hostSecretKey: rising(0x60),
    ephemeralSecretKey: rising(0xa0),
    secrets: prepareSecrets(crypto, acceptedSecrets(crypto), { min: 1, max: 1 }),
    hello: responderHello,
    isReplay: () => false,
    authorize: () => true,
    startedAtMs: 0,
    ...changes,
  };
}

/** The bytes the events want sent. */
export function sentBytes(events: readonly HandshakeEvent<unknown>[]): Uint8Array {
  const sent = events.find((event) => event.kind === "send");
  return sent?.kind === "send" ? sent.bytes : new Uint8Array(0);
}

/** The connection among the events, if there is one. */
export function opened<Hello>(events: readonly HandshakeEvent<Hello>[]): Opened<Hello> | undefined {
  return events.find((event): event is Opened<Hello> => event.kind === "open");
}

/** The reason for which the events end, if they do. */
export function closedFor(events: readonly HandshakeEvent<unknown>[]): string | undefined {
  const closed = events.find((event) => event.kind === "closed");
  return closed?.kind === "closed" ? closed.reason : undefined;
}

/** AES-256-GCM by another way than that of `LongCipher`, and at once. */
export function sealLong({ bytes, nonce, key }: LongRecord): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return concatBytes(cipher.update(bytes), cipher.final(), cipher.getAuthTag());
}

/** Opens what {@link sealLong} sealed; undefined if it was changed. */
export function openLong({ bytes, nonce, key }: LongRecord): Uint8Array | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAuthTag(bytes.subarray(-16));
  const plaintext = decipher.update(bytes.subarray(0, -16));
  try {
    return concatBytes(plaintext, decipher.final());
  } catch {
    return undefined;
  }
}

/** The frames of records, each sealed before the next is made. */
export function framesOf(records: Iterable<WrittenRecord>): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const record of records) {
    if (record instanceof Uint8Array) frames.push(record);
    else frames.push(concatBytes(frameHeader(record), sealLong(record)));
  }
  return frames;
}

/** What a reader finds in a chunk once its long records are opened, each as soon as it asks. */
export function readChunk(reader: RecordReader, chunk: Uint8Array): RecordEvent[] {
  return openAll(reader, reader.push(chunk));
}

function openAll(reader: RecordReader, events: readonly RecordEvent[]): RecordEvent[] {
  return events.flatMap((event) =>
    event.kind === "open"
      ? openAll(reader, reader.opened(event.record, openLong(event.record)))
      : [event]
  );
}

/** What the two sides of a handshake send and find. */
export type Transcript = {
  readonly m1: Uint8Array;
  readonly m2: Uint8Array;
  readonly m3: Uint8Array;
  readonly initiator: Opened<ResponderHello>;
  readonly responder: Opened<PeerHello>;
};

/** Runs a handshake that succeeds. */
export function shakeHands(
  initiatorChanges: Partial<InitiatorConfig> = {},
  responderChanges: Partial<ResponderConfig> = {},
): Transcript {
  const initiator = new Initiator(initiatorConfig(initiatorChanges));
  const responder = new Responder(responderConfig(responderChanges));
  const m1 = sentBytes(initiator.start());
  const m2 = sentBytes(responder.push(m1));
  const answered = initiator.push(m2);
  const m3 = sentBytes(answered);
  const [left, right] = [opened(answered), opened(responder.push(m3))];
  if (left === undefined || right === undefined) throw new Error("The handshake failed");
  return { m1, m2, m3, initiator: left, responder: right };
}
