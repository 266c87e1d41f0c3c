import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Crypto } from "../wire/crypto.ts";
import { wireVersions } from "../wire/handshake.ts";
import type { Opened, Suite } from "../wire/handshake.ts";
import { prepareSecrets } from "../wire/handshake_responder.ts";
import type { PeerHello } from "../wire/hello.ts";
import { fingerprintOf } from "../wire/keyfile.ts";
import { RecordReader } from "../wire/record_reader.ts";
import { RecordWriter } from "../wire/record_writer.ts";
import { ReplayCache } from "../wire/replay_cache.ts";
import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { addressGroup, formatAddress, plainAddress, printable } from "./addresses.ts";
import { Admission } from "./admission.ts";
import { SocketCandidate } from "./candidate.ts";
import type { CandidateConfig } from "./candidate.ts";
import { SecureConnection } from "./connection.ts";
import { loadCrypto } from "./crypto.ts";
import { Refusals } from "./refusals.ts";
import { acceptedSecretsOf, canAccept } from "./roles.ts";
import type { Connection, ListenAddress, Listener, ListenOptions, Peer } from "./types.ts";
import { encodeWelcome } from "./welcome.ts";

/**
 * Takes connections of members of the cluster.
 *
 * @throws {UsageError} If an address cannot be listened on, or nobody could prove itself, with the reason.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { accepts, keys } = options;
  if (accepts?.every((role) => !canAccept(keys, role)) === true) {
    throw new UsageError(
      `Cannot take connections of ${
        accepts.join("s and ")
      }s: ${keys.source} holds the key for others only; ` +
        "use the cluster's own secret",
    );
  }
  const listener = new SecureListener(options, await loadCrypto());
  try {
    await listener.bind();
  } catch (error) {
    await listener.close();
    throw error;
  }
  return listener;
}

class SecureListener implements Listener {
  readonly addresses: ListenAddress[] = [];
  readonly #options: ListenOptions;
  readonly #crypto: Crypto;
  readonly #servers: Server[] = [];
  readonly #admission = new Admission<SocketCandidate>();
  readonly #refusals: Refusals;
  readonly #candidateConfig: CandidateConfig;
  /** Proven connections by their sockets, which leave when they close. */
  readonly #open = new Map<Socket, Connection>();
  /** Sockets of members that were told they may not come in. */
  readonly #leaving = new Set<Socket>();
  #isClosed = false;

  constructor(options: ListenOptions, crypto: Crypto) {
    this.#options = options;
    this.#crypto = crypto;
    this.#refusals = new Refusals((refusal) => options.onRefused?.(refusal));
    const replays = new ReplayCache();
    this.#candidateConfig = {
      options,
      crypto,
      secrets: prepareSecrets(crypto, acceptedSecretsOf(options.keys), wireVersions),
      isReplay: (key) => replays.isReplay(key, performance.now()),
      onProven: (candidate, opened) => this.#onProven(candidate, opened),
      onRefused: (candidate, reason) => {
        this.#admission.leave(candidate, false);
        this.#refusals.note(candidate.address, reason, performance.now());
      },
    };
  }

  async bind(): Promise<void> {
    for (const host of this.#options.hosts) await this.add(host);
  }

  async add(host: string): Promise<ListenAddress> {
    const server = createServer({ noDelay: true }, (socket) => this.#onSocket(socket));
    // The first may have asked for any port; the others get the same.
    const bound = await listenOn(server, host, this.addresses[0]?.port ?? this.#options.port);
    this.#servers.push(server);
    const address = { host: bound.address, port: bound.port };
    this.addresses.push(address);
    return address;
  }

  recheck(): void {
    for (const connection of [...this.#open.values()]) {
      const why = this.#options.authorize?.(connection.peer);
      if (why === undefined) continue;
      this.#notePolicy(connection.peer, why);
      connection.destroy();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const stopped = this.#servers.map((server) =>
      new Promise<void>((resolve) => server.close(() => resolve()))
    );
    this.#admission.clear();
    for (const socket of this.#leaving) socket.destroy();
    await Promise.all([...this.#open.values()].map((connection) => connection.close()));
    await Promise.all(stopped);
  }

  #onSocket(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? "");
    const group = addressGroup(address);
    const nowMs = performance.now();
    if (this.#isClosed || !this.#admission.takeToken(group, nowMs)) {
      this.#turnAway(socket, address, "tooFast");
      return;
    }
    const candidate = new SocketCandidate(socket, address, group, this.#candidateConfig);
    if (!this.#admission.enter(candidate)) candidate.evict();
  }

  #turnAway(socket: Socket, address: string, reason: "tooFast"): void {
    socket.on("error", () => {});
    socket.destroy();
    this.#refusals.note(address, reason, performance.now());
  }

  #onProven(candidate: SocketCandidate, opened: Opened<PeerHello>): void {
    this.#admission.leave(candidate, true);
    const { socket, address } = candidate;
    const { suite } = opened;
    const writer = new RecordWriter(this.#crypto, opened.sendKey, suite);
    const peer = this.#peerOf(opened, formatAddress(address, socket.remotePort ?? 0));
    const why = this.#whyNot(peer, suite);
    if (why !== undefined) {
      this.#notePolicy(peer, why);
      this.#reject(socket, writer, why);
      return;
    }
    const { name, identity, heartbeat, onConnection } = this.#options;
    const welcome = encodeWelcome({ kind: "welcome", name, instanceId: identity.instanceId });
    writeShort(socket, writer, welcome);
    const reader = new RecordReader(this.#crypto, opened.receiveKey, suite);
    const { binding } = opened;
    const proven = { socket, reader, writer, peer, binding, early: [], heartbeat };
    const connection = new SecureConnection(proven);
    this.#open.set(socket, connection);
    socket.on("close", () => this.#open.delete(socket));
    onConnection(connection);
  }

  #peerOf({ peerKey, peer }: Opened<PeerHello>, address: string): Peer {
    return {
      role: peer.role,
      name: printable(peer.name),
      hostKey: peerKey,
      fingerprint: fingerprintOf(this.#crypto, peerKey),
      instanceId: peer.instanceId.toHex(),
      address,
    };
  }

  #whyNot(peer: Peer, suite: Suite): string | undefined {
    const only = this.#options.suite;
    if (only !== undefined && suite !== only) {
      return `it takes the cipher ${only} alone; connect with --cipher ${only}, ` +
        `in a program with the option cipher: "${only}"`;
    }
    if (this.#open.size >= limits.maxConnections) {
      return `it has ${limits.maxConnections} connections already`;
    }
    const { accepts, authorize, role } = this.#options;
    if (accepts?.includes(peer.role) === false) {
      return `this is a ${role}, which takes connections of ${accepts.join(" and ")}s only`;
    }
    return authorize?.(peer);
  }

  #notePolicy(peer: Peer, why: string): void {
    const { name, role, address } = peer;
    const host = address.replace(/:\d+$/, "");
    this.#refusals.note(host, "policy", performance.now(), `${role} "${name}": ${why}`);
  }

  #reject(socket: Socket, writer: RecordWriter, why: string): void {
    this.#leaving.add(socket);
    const timer = setTimeout(() => socket.destroy(), limits.closeGraceMs);
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      this.#leaving.delete(socket);
    });
    writeShort(socket, writer, encodeWelcome({ kind: "reject", why }));
    socket.end(writer.bye());
    socket.resume();
  }
}

/** Sends a message that is too short for a long record. */
function writeShort(socket: Socket, writer: RecordWriter, message: Uint8Array): void {
  for (const frame of writer.message(message)) {
    if (frame instanceof Uint8Array) socket.write(frame);
  }
}

function listenOn(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new UsageError(`Cannot listen on ${formatAddress(host, port)}: ${explain(cause)}`, {
          cause,
        }),
      );
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      // What accepting may report later (too many open files) ends no daemon.
      server.on("error", () => {});
      resolve(server.address() as AddressInfo);
    });
  });
}

function explain(cause: Error): string {
  const { code } = cause as { readonly code?: unknown };
  switch (code) {
    case "EADDRINUSE":
      return "another program uses that port; is muster running already?";
    case "EACCES":
      return "ports below 1024 are for the administrator; take another one";
    case "EADDRNOTAVAIL":
      return "this host does not have that address";
    default:
      return cause.message;
  }
}
