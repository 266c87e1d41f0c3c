import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { cryptoLengths } from "../wire/crypto.ts";
import type { Crypto } from "../wire/crypto.ts";
import { wireVersions } from "../wire/handshake.ts";
import type { HandshakeFailure, Opened, ResponderEvent } from "../wire/handshake.ts";
import { Responder } from "../wire/handshake_responder.ts";
import type { PreparedSecret } from "../wire/handshake_responder.ts";
import type { PeerHello } from "../wire/hello.ts";
import { limits } from "../proto/limits.ts";
import { assertNever } from "../proto/states.ts";
import type { Candidate } from "./admission.ts";
import type { ListenOptions } from "./types.ts";

/** What a listener gives each connection it accepts. */
export type CandidateConfig = {
  readonly options: ListenOptions;
  readonly crypto: Crypto;
  readonly secrets: readonly PreparedSecret[];
  readonly isReplay: (ephemeralKey: Uint8Array) => boolean;
  readonly onProven: (candidate: SocketCandidate, opened: Opened<PeerHello>) => void;
  readonly onRefused: (candidate: SocketCandidate, reason: HandshakeFailure | "evicted") => void;
};

/** An accepted socket until the other side has proven itself. */
export class SocketCandidate implements Candidate {
  readonly group: string;
  readonly address: string;
  readonly socket: Socket;
  readonly #config: CandidateConfig;
  readonly #machine: Responder;
  #timer: ReturnType<typeof setTimeout>;
  #isOver = false;

  /** Begins at once. `address` comes without its port. */
  constructor(socket: Socket, address: string, group: string, config: CandidateConfig) {
    this.socket = socket;
    this.address = address;
    this.group = group;
    this.#config = config;
    this.#machine = createMachine(config);
    this.#timer = setTimeout(this.#onFirstDeadline, limits.handshakeFirstMessageMs);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onEnd);
    socket.on("close", this.#onEnd);
  }

  get isMember(): boolean {
    return this.#machine.phase !== "awaitM1";
  }

  evict(): void {
    this.#refuse("evicted");
  }

  readonly #onData = (chunk: Uint8Array): void => this.#handle(this.#machine.push(chunk));

  readonly #onEnd = (): void => this.#handle(this.#machine.end());

  readonly #onFirstDeadline = (): void => {
    const { handshakeFirstMessageMs, handshakeTotalMs } = limits;
    this.#timer = setTimeout(
      () => this.#handle(this.#machine.tick(handshakeTotalMs)),
      handshakeTotalMs - handshakeFirstMessageMs,
    );
    this.#handle(this.#machine.tick(handshakeFirstMessageMs));
  };

  #handle(events: readonly ResponderEvent[]): void {
    for (const event of events) {
      switch (event.kind) {
        case "send":
          this.socket.write(event.bytes);
          break;
        case "open":
          this.#release();
          this.#config.onProven(this, event);
          break;
        case "closed":
          this.#refuse(event.reason);
          break;
        default:
          assertNever(event);
      }
    }
  }

  #refuse(reason: HandshakeFailure | "evicted"): void {
    if (this.#isOver) return;
    this.#release();
    // Not a byte is said to a stranger, and nothing that the socket still reports matters.
    this.socket.on("error", () => {});
    this.socket.destroy();
    this.#machine.end();
    this.#config.onRefused(this, reason);
  }

  #release(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.socket.removeListener("data", this.#onData);
    for (const name of ["end", "error", "close"]) this.socket.removeListener(name, this.#onEnd);
  }
}

function createMachine({ options, crypto, secrets, isReplay }: CandidateConfig): Responder {
  return new Responder({
    crypto,
    secrets,
    isReplay,
    hostSecretKey: options.identity.hostSecretKey,
    ephemeralSecretKey: new Uint8Array(randomBytes(cryptoLengths.key)),
    hello: {
      minVersion: wireVersions.min,
      maxVersion: wireVersions.max,
      role: options.role,
      epoch: 0,
      maxRecordBytes: limits.maxRecordBytes,
      maxMessageBytes: limits.maxMessageBytes,
    },
    // The policy is asked once the connection is open: a member that may not come in is told why.
    authorize: () => true,
    startedAtMs: 0,
  });
}
