import { isAllZero } from "./bytes.ts";
import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import type { PeerHello, ResponderHello } from "./hello.ts";
import { SymmetricState } from "./symmetric_state.ts";
import { limits } from "../proto/limits.ts";

/** The name both transcripts begin with; a change of anything in the handshake changes it. */
export const protocolName = "muster_XXpsk0_25519_secretbox_SHA512_1";

/** First bytes of every connection: "mstr". */
export const magic: Uint8Array = Uint8Array.of(0x6d, 0x73, 0x74, 0x72);

/** Versions of the protocol this code speaks. */
export const wireVersions = { min: 1, max: 1 } as const;

/**
 * Sets of primitives, by the byte that names them in the prologue and in the first message: secretbox for everything,
 * or AES-256-GCM for long records. The handshake is the same in both.
 */
export const suites = { nacl: 1, aes: 2 } as const;

/** Which of the {@link suites} a connection uses: the side that dials says, and the other agrees or ends it. */
export type Suite = keyof typeof suites;

/** The names of all {@link suites}. */
export const suiteNames = ["nacl", "aes"] as const satisfies readonly Suite[];

/** Bytes of the three messages. */
export const handshakeBytes = { m1: 56, m2: 224, m3: 320 } as const;

/** Parts of the messages: `hello` lengths are of plaintexts. */
export const handshakeParts = { header: 8, m2Hello: 128, m3Hello: 256 } as const;

/** Why a handshake ended without a connection. */
export type HandshakeFailure =
  /** A deadline passed. */
  | "timeout"
  /** The first bytes are not ours. */
  | "badMagic"
  /** The initiator speaks a version this side does not. */
  | "badVersion"
  /** The initiator wants a suite this side does not offer. */
  | "badSuite"
  /** Another secret, or a changed byte: the two cannot be told apart. */
  | "badTag"
  /** A first message that was seen before. */
  | "replay"
  /** A public key of small order. */
  | "badKey"
  /** A proven peer said something that makes no sense. */
  | "malformed"
  /** Both sides speak a better version: somebody made them take this one. */
  | "downgrade"
  /** The responder's host key is not the one known for it. Nothing of the initiator was shown. */
  | "unknownHost"
  /** The initiator wants a role that its secret does not give. */
  | "badRole"
  /** The policy of the responder refused the initiator. */
  | "unauthorized"
  /** Bytes beyond the message that was due. */
  | "unexpectedBytes"
  /** The stream ended. */
  | "ended";

/** A connection that both sides have proven. */
export type Opened<Hello> = {
  readonly kind: "open";
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  /** Hash of the whole handshake, the same on both sides and on no other connection. */
  readonly binding: Uint8Array;
  readonly peerKey: Uint8Array;
  readonly suite: Suite;
  readonly peer: Hello;
};

/** What a handshake machine wants done or has found, in order. */
export type HandshakeEvent<Hello> =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  | Opened<Hello>
  | { readonly kind: "closed"; readonly reason: HandshakeFailure };

/** What both sides bring. */
export type HandshakeKeys = {
  readonly crypto: Crypto;
  /** This host's secret key. */
  readonly hostSecretKey: Uint8Array;
  /** 32 fresh random bytes for this connection alone; wiped when the handshake ends. */
  readonly ephemeralSecretKey: Uint8Array;
};

export type ResponderEvent = HandshakeEvent<PeerHello>;
export type InitiatorEvent = HandshakeEvent<ResponderHello>;

/** Ends a handshake from inside; never leaves the machines. */
export class HandshakeAbort extends Error {
  readonly reason: HandshakeFailure;

  constructor(reason: HandshakeFailure) {
    super(reason);
    this.reason = reason;
  }
}

/** The state before the first byte: protocol name, prologue and the role's secret. The same for every connection. */
export function handshakeState(
  crypto: Crypto,
  psk: Uint8Array,
  version: number,
  suite: Suite,
): SymmetricState {
  const state = new SymmetricState(crypto, protocolName);
  const prologue = [...magic, version, suites[suite], ...new TextEncoder().encode("tcp")];
  state.mixHash(Uint8Array.from(prologue));
  state.mixKeyAndHash(psk);
  return state;
}

/** The first 8 bytes of the first message. */
export function handshakeHeader(version: number, suite: Suite): Uint8Array {
  return Uint8Array.of(...magic, version, suites[suite], 0, 0);
}

/** Agrees on a secret and mixes it in. */
export function mixAgreement(
  { crypto, state }: { readonly crypto: Crypto; readonly state: SymmetricState },
  secretKey: Uint8Array,
  publicKey: Uint8Array,
): void {
  const agreed = crypto.scalarMult(secretKey, publicKey);
  if (isAllZero(agreed)) throw new HandshakeAbort("badKey");
  state.mixKey(agreed);
  agreed.fill(0);
}

/** Opens a sealed part, or ends the handshake. */
export function openPart(state: SymmetricState, box: Uint8Array): Uint8Array {
  const plaintext = state.decryptAndHash(box);
  if (plaintext === undefined) throw new HandshakeAbort("badTag");
  return plaintext;
}

/** Cuts a message into parts of the given lengths. */
export function cut(message: Uint8Array, ...lengths: readonly number[]): Uint8Array[] {
  let offset = 0;
  return lengths.map((length) => message.subarray(offset, offset += length));
}

/** Length of a sealed part. */
export function sealed(plainBytes: number): number {
  return plainBytes + cryptoLengths.tag;
}

/** Gathers the bytes of the one message that is due. */
export class MessageBuffer {
  readonly #bytes = new Uint8Array(limits.maxPreAuthBytes);
  #length = 0;

  /** The message of `due` bytes once it is whole; nothing may follow it. */
  take(chunk: Uint8Array, due: number): Uint8Array | undefined {
    if (this.#length + chunk.length > due) throw new HandshakeAbort("unexpectedBytes");
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.length;
    if (this.#length < due) return undefined;
    this.#length = 0;
    return this.#bytes.slice(0, due);
  }
}
