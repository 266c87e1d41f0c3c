import { concatBytes } from "./bytes.ts";
import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import {
  cut,
  HandshakeAbort,
  handshakeBytes,
  handshakeHeader,
  handshakeParts,
  handshakeState,
  magic,
  MessageBuffer,
  mixAgreement,
  openPart,
  sealed,
  suiteNames,
  suites,
} from "./handshake.ts";
import type { HandshakeKeys, ResponderEvent, Suite } from "./handshake.ts";
import { decodePeerHello, encodeResponderHello, rolesOfSecret } from "./hello.ts";
import type { PeerHello, ResponderHello, SecretRole } from "./hello.ts";
import type { SymmetricState } from "./symmetric_state.ts";
import { MalformedTupleError } from "./tuple.ts";
import { limits } from "../proto/limits.ts";

/** A secret this side accepts. */
export type AcceptedSecret = { readonly role: SecretRole; readonly psk: Uint8Array };

/** A secret with its part of the work done: made once, used for every connection. */
export type PreparedSecret = {
  readonly role: SecretRole;
  readonly version: number;
  readonly suite: Suite;
  readonly state: SymmetricState;
};

/** Prepares every accepted secret for each version and suite this side speaks. */
export function prepareSecrets(
  crypto: Crypto,
  secrets: readonly AcceptedSecret[],
  versions: { readonly min: number; readonly max: number },
): PreparedSecret[] {
  const prepared: PreparedSecret[] = [];
  for (let version = versions.min; version <= versions.max; version++) {
    for (const { role, psk } of secrets) {
      for (const suite of suiteNames) {
        const state = handshakeState(crypto, psk, version, suite);
        prepared.push({ role, version, suite, state });
      }
    }
  }
  return prepared;
}

/** What the accepting side brings to a handshake. */
export type ResponderConfig = HandshakeKeys & {
  readonly secrets: readonly PreparedSecret[];
  readonly hello: ResponderHello;
  /** Notes the public key of a proven first message; true if it was there before (see `ReplayCache`). */
  readonly isReplay: (ephemeralKey: Uint8Array) => boolean;
  /** Whether the initiator may come in: `authorized_keys`, instances already live. */
  readonly authorize: (hostKey: Uint8Array, hello: PeerHello) => boolean;
  readonly startedAtMs: number;
};

/** What the initiator asks for. */
type Offer = { readonly version: number; readonly suite: Suite };

/** What is known after the first message. */
type Begun = {
  readonly state: SymmetricState;
  readonly role: SecretRole;
  readonly suite: Suite;
  readonly peerEphemeral: Uint8Array;
};

/** The accepting side of the handshake: bytes in, events out. Before the first tag opens it does no curve work. */
export class Responder {
  readonly #config: ResponderConfig;
  readonly #buffer = new MessageBuffer();
  #begun: Begun | undefined;
  #phase: "awaitM1" | "awaitM3" | "open" | "closed" = "awaitM1";

  constructor(config: ResponderConfig) {
    this.#config = config;
  }

  get phase(): "awaitM1" | "awaitM3" | "open" | "closed" {
    return this.#phase;
  }

  /** Takes bytes of the initiator. */
  push(chunk: Uint8Array): ResponderEvent[] {
    if (this.#isDone || chunk.length === 0) return [];
    try {
      if (this.#begun === undefined) return this.#pushM1(chunk);
      const message = this.#buffer.take(chunk, handshakeBytes.m3);
      return message === undefined ? [] : this.#finish(message, this.#begun);
    } catch (error) {
      if (error instanceof HandshakeAbort) return this.#close(error.reason);
      if (error instanceof MalformedTupleError) return this.#close("malformed");
      throw error;
    }
  }

  /** Notes the time: the first message has a deadline of its own. */
  tick(nowMs: number): ResponderEvent[] {
    if (this.#isDone) return [];
    const { handshakeFirstMessageMs, handshakeTotalMs } = limits;
    const dueMs = this.#phase === "awaitM1" ? handshakeFirstMessageMs : handshakeTotalMs;
    return nowMs - this.#config.startedAtMs >= dueMs ? this.#close("timeout") : [];
  }

  /** Notes the end of the stream. */
  end(): ResponderEvent[] {
    return this.#isDone ? [] : this.#close("ended");
  }

  get #isDone(): boolean {
    return this.#phase === "open" || this.#phase === "closed";
  }

  #pushM1(chunk: Uint8Array): ResponderEvent[] {
    const message = this.#buffer.take(chunk, handshakeBytes.m1);
    if (message === undefined) return [];
    const [header, peerEphemeral, tag] = cut(
      message,
      handshakeParts.header,
      cryptoLengths.key,
      cryptoLengths.tag,
    ) as [Uint8Array, Uint8Array, Uint8Array];
    const begun = this.#findSecret(this.#checkHeader(header), peerEphemeral, tag);
    if (begun === undefined) throw new HandshakeAbort("badTag");
    if (this.#config.isReplay(peerEphemeral)) throw new HandshakeAbort("replay");
    this.#begun = begun;
    const bytes = this.#writeM2(begun);
    this.#phase = "awaitM3";
    return [{ kind: "send", bytes }];
  }

  /** The version and suite of a header that could be ours. */
  #checkHeader(header: Uint8Array): Offer {
    const view = new DataView(header.buffer, header.byteOffset);
    if (magic.some((byte, index) => header[index] !== byte)) throw new HandshakeAbort("badMagic");
    const version = view.getUint8(4);
    const isKnown = this.#config.secrets.some((secret) => secret.version === version);
    if (!isKnown) throw new HandshakeAbort("badVersion");
    const suite = suiteNames.find((name) => suites[name] === view.getUint8(5));
    if (suite === undefined) throw new HandshakeAbort("badSuite");
    if (view.getUint16(6) !== 0) throw new HandshakeAbort("malformed");
    return { version, suite };
  }

  #findSecret(
    { version, suite }: Offer,
    peerEphemeral: Uint8Array,
    tag: Uint8Array,
  ): Begun | undefined {
    for (const secret of this.#config.secrets) {
      if (secret.version !== version || secret.suite !== suite) continue;
      const state = secret.state.clone();
      state.mixHash(handshakeHeader(version, suite));
      state.mixHash(peerEphemeral);
      state.mixKey(peerEphemeral);
      if (state.decryptAndHash(tag) !== undefined) {
        return { state, role: secret.role, suite, peerEphemeral };
      }
      state.wipe();
    }
    return undefined;
  }

  #writeM2({ state, peerEphemeral }: Begun): Uint8Array {
    const { crypto, ephemeralSecretKey, hostSecretKey, hello } = this.#config;
    const ephemeral = crypto.publicKeyOf(ephemeralSecretKey);
    state.mixHash(ephemeral);
    state.mixKey(ephemeral);
    mixAgreement({ crypto, state }, ephemeralSecretKey, peerEphemeral);
    const sealedKey = state.encryptAndHash(crypto.publicKeyOf(hostSecretKey));
    mixAgreement({ crypto, state }, hostSecretKey, peerEphemeral);
    const plainHello = encodeResponderHello(hello, handshakeParts.m2Hello);
    return concatBytes(ephemeral, sealedKey, state.encryptAndHash(plainHello));
  }

  #finish(message: Uint8Array, { state, role, suite }: Begun): ResponderEvent[] {
    const { crypto, ephemeralSecretKey, authorize } = this.#config;
    const parts = cut(message, sealed(cryptoLengths.key), sealed(handshakeParts.m3Hello));
    const [sealedKey, sealedHello] = parts as [Uint8Array, Uint8Array];
    const peerKey = openPart(state, sealedKey);
    mixAgreement({ crypto, state }, ephemeralSecretKey, peerKey);
    const peer = decodePeerHello(openPart(state, sealedHello));
    if (!rolesOfSecret[role].includes(peer.role)) throw new HandshakeAbort("badRole");
    if (!authorize(peerKey, peer)) throw new HandshakeAbort("unauthorized");
    const binding = state.hash;
    const [receiveKey, sendKey] = state.split();
    this.#phase = "open";
    this.#wipe();
    return [{ kind: "open", sendKey, receiveKey, binding, peerKey, suite, peer }];
  }

  #close(reason: HandshakeAbort["reason"]): ResponderEvent[] {
    this.#phase = "closed";
    this.#wipe();
    return [{ kind: "closed", reason }];
  }

  #wipe(): void {
    this.#begun?.state.wipe();
    this.#config.ephemeralSecretKey.fill(0);
  }
}
