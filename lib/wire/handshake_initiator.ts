import { concatBytes } from "./bytes.ts";
import { cryptoLengths } from "./crypto.ts";
import {
  cut,
  HandshakeAbort,
  handshakeBytes,
  handshakeHeader,
  handshakeParts,
  handshakeState,
  MessageBuffer,
  mixAgreement,
  openPart,
  sealed,
} from "./handshake.ts";
import type { HandshakeKeys, InitiatorEvent, Suite } from "./handshake.ts";
import { decodeResponderHello, encodePeerHello } from "./hello.ts";
import type { PeerHello, ResponderHello } from "./hello.ts";
import type { SymmetricState } from "./symmetric_state.ts";
import { MalformedTupleError } from "./tuple.ts";
import { limits } from "../proto/limits.ts";

/** What the side that dials brings to a handshake. */
export type InitiatorConfig = HandshakeKeys & {
  /** The secret of the role it wants. */
  readonly psk: Uint8Array;
  /** The version it asks for, and the best it speaks. */
  readonly version: number;
  readonly maxVersion: number;
  readonly suite: Suite;
  readonly hello: PeerHello;
  /** Whether the responder may have this host key: `known_hosts`. Asked before anything of this side is shown. */
  readonly acceptHost: (hostKey: Uint8Array, hello: ResponderHello) => boolean;
  readonly startedAtMs: number;
};

/** The dialling side of the handshake: bytes in, events out. Nothing happens before {@link Initiator.start}. */
export class Initiator {
  readonly #config: InitiatorConfig;
  readonly #state: SymmetricState;
  readonly #hello: Uint8Array;
  readonly #buffer = new MessageBuffer();
  #phase: "awaitM2" | "open" | "closed" = "awaitM2";

  /** @throws {RangeError} if the name in `hello` is too long. */
  constructor(config: InitiatorConfig) {
    this.#config = config;
    this.#hello = encodePeerHello(config.hello, handshakeParts.m3Hello);
    this.#state = handshakeState(config.crypto, config.psk, config.version, config.suite);
  }

  get phase(): "awaitM2" | "open" | "closed" {
    return this.#phase;
  }

  /** Sends the first message. */
  start(): InitiatorEvent[] {
    const { crypto, ephemeralSecretKey, version, suite } = this.#config;
    const header = handshakeHeader(version, suite);
    const ephemeral = crypto.publicKeyOf(ephemeralSecretKey);
    this.#state.mixHash(header);
    this.#state.mixHash(ephemeral);
    this.#state.mixKey(ephemeral);
    const tag = this.#state.encryptAndHash(new Uint8Array(0));
    return [{ kind: "send", bytes: concatBytes(header, ephemeral, tag) }];
  }

  /** Takes bytes of the responder. */
  push(chunk: Uint8Array): InitiatorEvent[] {
    if (this.#phase !== "awaitM2" || chunk.length === 0) return [];
    try {
      const message = this.#buffer.take(chunk, handshakeBytes.m2);
      return message === undefined ? [] : this.#answer(message);
    } catch (error) {
      if (error instanceof HandshakeAbort) return this.#close(error.reason);
      if (error instanceof MalformedTupleError) return this.#close("malformed");
      throw error;
    }
  }

  /** Notes the time. */
  tick(nowMs: number): InitiatorEvent[] {
    if (this.#phase !== "awaitM2") return [];
    const isLate = nowMs - this.#config.startedAtMs >= limits.handshakeTotalMs;
    return isLate ? this.#close("timeout") : [];
  }

  /** Notes the end of the stream. */
  end(): InitiatorEvent[] {
    return this.#phase === "awaitM2" ? this.#close("ended") : [];
  }

  #answer(message: Uint8Array): InitiatorEvent[] {
    const [peerEphemeral, peerKey, hello] = this.#readM2(message);
    const m3 = this.#writeM3(peerEphemeral);
    const binding = this.#state.hash;
    const [sendKey, receiveKey] = this.#state.split();
    const { suite } = this.#config;
    this.#phase = "open";
    this.#wipe();
    return [
      { kind: "send", bytes: m3 },
      { kind: "open", sendKey, receiveKey, binding, peerKey, suite, peer: hello },
    ];
  }

  #readM2(message: Uint8Array): [Uint8Array, Uint8Array, ResponderHello] {
    const state = this.#state;
    const agreement = { crypto: this.#config.crypto, state };
    const { key } = cryptoLengths;
    const parts = cut(message, key, sealed(key), sealed(handshakeParts.m2Hello));
    const [ephemeral, sealedKey, sealedHello] = parts as [Uint8Array, Uint8Array, Uint8Array];
    state.mixHash(ephemeral);
    state.mixKey(ephemeral);
    mixAgreement(agreement, this.#config.ephemeralSecretKey, ephemeral);
    const hostKey = openPart(state, sealedKey);
    mixAgreement(agreement, this.#config.ephemeralSecretKey, hostKey);
    const hello = decodeResponderHello(openPart(state, sealedHello));
    const { version, maxVersion, acceptHost } = this.#config;
    if (hello.minVersion > version || hello.maxVersion < version) {
      throw new HandshakeAbort("malformed");
    }
    if (Math.min(maxVersion, hello.maxVersion) > version) throw new HandshakeAbort("downgrade");
    if (!acceptHost(hostKey, hello)) throw new HandshakeAbort("unknownHost");
    return [ephemeral, hostKey, hello];
  }

  #writeM3(peerEphemeral: Uint8Array): Uint8Array {
    const { crypto, hostSecretKey } = this.#config;
    const sealedKey = this.#state.encryptAndHash(crypto.publicKeyOf(hostSecretKey));
    mixAgreement({ crypto, state: this.#state }, hostSecretKey, peerEphemeral);
    return concatBytes(sealedKey, this.#state.encryptAndHash(this.#hello));
  }

  #close(reason: HandshakeAbort["reason"]): InitiatorEvent[] {
    this.#phase = "closed";
    this.#wipe();
    return [{ kind: "closed", reason }];
  }

  #wipe(): void {
    this.#state.wipe();
    this.#config.ephemeralSecretKey.fill(0);
  }
}
