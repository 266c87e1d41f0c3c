import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { cryptoLengths } from "../wire/crypto.ts";
import type { Crypto } from "../wire/crypto.ts";
import { wireVersions } from "../wire/handshake.ts";
import type { InitiatorEvent, Opened } from "../wire/handshake.ts";
import { Initiator } from "../wire/handshake_initiator.ts";
import type { ResponderHello } from "../wire/hello.ts";
import { fingerprintOf } from "../wire/keyfile.ts";
import type { RecordEvent } from "../wire/record.ts";
import { RecordReader } from "../wire/record_reader.ts";
import { RecordWriter } from "../wire/record_writer.ts";
import { MalformedTupleError } from "../wire/tuple.ts";
import { limits } from "../proto/limits.ts";
import { assertNever } from "../proto/states.ts";
import { formatAddress, plainAddress } from "./addresses.ts";
import { ConnectError } from "./connect_error.ts";
import { SecureConnection } from "./connection.ts";
import { loadCrypto } from "./crypto.ts";
import {
  explainHandshake,
  explainRole,
  explainUnknownHost,
  explainWrongRole,
} from "./dial_failures.ts";
import { recordFailureTexts } from "./record_failures.ts";
import { dialKeyOf } from "./roles.ts";
import { connectTcp } from "./tcp_connect.ts";
import type { Connection, DialOptions, PeerRole } from "./types.ts";
import { decodeWelcome } from "./welcome.ts";
import type { Welcome } from "./welcome.ts";

/**
 * Connects to a listener and proves to each other who both are.
 *
 * @throws {ConnectError} With what went wrong and what to do, in time: 4 s to reach the host, 10 s to prove.
 * @throws The reason of `signal`, once it is aborted.
 */
export async function dial(options: DialOptions): Promise<Connection> {
  const { host, port, role, keys, signal } = options;
  const psk = dialKeyOf(keys, role);
  if (psk === undefined) throw explainRole(formatAddress(host, port), role, keys);
  signal?.throwIfAborted();
  const crypto = await loadCrypto();
  const socket = await connectTcp(host, port, signal);
  return await new Introduction({ options, crypto, psk, socket }).result;
}

type Introducing = {
  readonly options: DialOptions;
  readonly crypto: Crypto;
  readonly psk: Uint8Array;
  readonly socket: Socket;
};

type Proven = {
  readonly opened: Opened<ResponderHello>;
  readonly reader: RecordReader;
  readonly writer: RecordWriter;
};

/** The time between TCP and a {@link Connection}, on the side that dialled. */
class Introduction {
  readonly result: Promise<Connection>;
  readonly #parts: Introducing;
  readonly #where: string;
  readonly #machine: Initiator;
  readonly #timer: ReturnType<typeof setTimeout>;
  #resolve: (connection: Connection) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #proven: Proven | undefined;
  #receivedBytes = 0;
  #refusedKey: Uint8Array | undefined;
  #refusedRole: PeerRole | undefined;

  constructor(parts: Introducing) {
    const { options, socket } = parts;
    this.#parts = parts;
    this.#where = formatAddress(options.host, options.port);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#machine = this.#createMachine();
    this.#timer = setTimeout(() => this.#onTimeout(), limits.handshakeTotalMs);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onEnd);
    socket.on("close", this.#onEnd);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.#onAbort();
    else this.#handle(this.#machine.start());
  }

  #createMachine(): Initiator {
    const { options, crypto, psk } = this.#parts;
    const { role, name, identity, expectedRoles, expectedHostKey, knownHosts } = options;
    return new Initiator({
      crypto,
      hostSecretKey: identity.hostSecretKey,
      ephemeralSecretKey: new Uint8Array(randomBytes(cryptoLengths.key)),
      psk,
      version: wireVersions.max,
      maxVersion: wireVersions.max,
      suite: options.suite ?? "aes",
      hello: { role, name, instanceId: identity.instanceId, resumeToken: undefined },
      acceptHost: (hostKey, hello) => {
        if (expectedRoles !== undefined && !expectedRoles.includes(hello.role)) {
          this.#refusedRole = hello.role;
          return false;
        }
        const isExpected = expectedHostKey === undefined ||
          hostKey.toHex() === expectedHostKey.toHex();
        if (isExpected && (knownHosts?.accepts(hostKey) ?? true)) return true;
        this.#refusedKey = hostKey.slice();
        return false;
      },
      startedAtMs: 0,
    });
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#receivedBytes += chunk.length;
    if (this.#proven === undefined) this.#handle(this.#machine.push(chunk));
    else this.#takeRecords(this.#proven, this.#proven.reader.push(chunk));
  };

  readonly #onEnd = (): void => {
    if (this.#proven !== undefined) {
      this.#fail("protocol", "it closed the connection after this host had shown its key");
    } else this.#handle(this.#machine.end());
  };

  readonly #onAbort = (): void => this.#rejectWith(this.#parts.options.signal?.reason);

  #onTimeout(): void {
    const seconds = limits.handshakeTotalMs / 1000;
    this.#fail("timeout", `it took the connection and did not finish within ${seconds} s`);
  }

  #handle(events: readonly InitiatorEvent[]): void {
    for (const event of events) {
      switch (event.kind) {
        case "send":
          this.#parts.socket.write(event.bytes);
          break;
        case "open":
          this.#proven = {
            opened: event,
            reader: new RecordReader(this.#parts.crypto, event.receiveKey, event.suite),
            writer: new RecordWriter(this.#parts.crypto, event.sendKey, event.suite),
          };
          break;
        case "closed":
          this.#rejectWith(this.#explain(event.reason));
          break;
        default:
          assertNever(event);
      }
    }
  }

  #explain(reason: Extract<InitiatorEvent, { kind: "closed" }>["reason"]): ConnectError {
    const { options, crypto } = this.#parts;
    if (this.#refusedRole !== undefined) {
      return explainWrongRole(this.#where, this.#refusedRole, options.expectedRoles);
    }
    if (reason !== "unknownHost" || this.#refusedKey === undefined) {
      return explainHandshake(this.#where, reason, this.#receivedBytes > 0);
    }
    const fingerprint = fingerprintOf(crypto, this.#refusedKey);
    return explainUnknownHost(this.#where, this.#refusedKey, fingerprint, options.knownHosts);
  }

  #takeRecords(proven: Proven, events: readonly RecordEvent[]): void {
    const [first, ...others] = events;
    if (first === undefined) return;
    switch (first.kind) {
      case "message":
        return this.#takeWelcome(proven, first.bytes, others);
      case "failed":
        return this.#fail("protocol", recordFailureTexts[first.reason]);
      case "bulk":
      case "open":
      case "ping":
      case "bye":
        return this.#fail("protocol", "it did not say who it is");
      default:
        assertNever(first);
    }
  }

  #takeWelcome(proven: Proven, bytes: Uint8Array, early: readonly RecordEvent[]): void {
    const welcome = readWelcome(bytes);
    if (welcome === undefined) return this.#fail("protocol", "it did not say who it is");
    if (welcome.kind === "reject") return this.#fail("rejected", `it refused: ${welcome.why}`);
    const { opened, reader, writer } = proven;
    const { socket, options, crypto } = this.#parts;
    const { peerKey, binding, peer } = opened;
    this.#release();
    this.#resolve(
      new SecureConnection({
        socket,
        reader,
        writer,
        binding,
        early,
        heartbeat: options.heartbeat,
        peer: {
          role: peer.role,
          name: welcome.name,
          hostKey: peerKey,
          fingerprint: fingerprintOf(crypto, peerKey),
          instanceId: welcome.instanceId.toHex(),
          address: formatAddress(
            plainAddress(socket.remoteAddress ?? options.host),
            socket.remotePort ?? options.port,
          ),
        },
      }),
    );
  }

  #fail(reason: ConnectError["reason"], why: string): void {
    this.#rejectWith(new ConnectError(reason, `Cannot connect to ${this.#where}: ${why}`));
  }

  #rejectWith(error: unknown): void {
    this.#release();
    // What still comes of the socket is nobody's business any more.
    this.#parts.socket.on("error", () => {});
    this.#parts.socket.destroy();
    this.#machine.end();
    this.#reject(error);
  }

  /** Lets go of the socket, timer and signal. */
  #release(): void {
    const { socket, options } = this.#parts;
    clearTimeout(this.#timer);
    options.signal?.removeEventListener("abort", this.#onAbort);
    socket.removeListener("data", this.#onData);
    for (const name of ["end", "error", "close"]) socket.removeListener(name, this.#onEnd);
  }
}

function readWelcome(bytes: Uint8Array): Welcome | undefined {
  try {
    return decodeWelcome(bytes);
  } catch (error) {
    if (error instanceof MalformedTupleError) return undefined;
    throw error;
  }
}
