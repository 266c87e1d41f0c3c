import type { PeerRole } from "../wire/hello.ts";
import type { Suite } from "../wire/handshake.ts";
import type { ClusterKeys } from "../wire/keyfile.ts";

export type { PeerRole } from "../wire/hello.ts";

/** The other end of a connection, as it proved itself. */
export type Peer = {
  readonly role: PeerRole;
  /** What it calls itself: for people, not proven to be unique. */
  readonly name: string;
  /** Its public host key, 32 bytes. */
  readonly hostKey: Uint8Array;
  /** Short form of `hostKey` for people. */
  readonly fingerprint: string;
  /** 32 hex digits, new at each start of its program. */
  readonly instanceId: string;
  /** `address:port` it was reached at or came from; IPv6 addresses in brackets. */
  readonly address: string;
};

/** Why a connection is over. */
export type CloseReason =
  /** The peer said goodbye: all it sent has arrived. */
  | { readonly kind: "bye" }
  /** This side called `close` or `destroy`. */
  | { readonly kind: "closed"; readonly why: string }
  /** It broke: messages may be missing at both ends. `why` is for people. */
  | { readonly kind: "lost"; readonly why: string };

/** An authenticated, encrypted connection that carries whole messages. */
export interface Connection {
  readonly peer: Peer;
  /** 64 bytes, the same at both ends and on no other connection. */
  readonly binding: Uint8Array;
  /**
   * Sends one message. It is sealed later: do not change its bytes. After the end of the connection it is dropped.
   *
   * @returns False if more than `limits.sendHighWaterBytes` of such messages wait: await {@link drained} before sending more.
   * @throws {RangeError} For more than `limits.maxMessageBytes`.
   */
  send(message: Uint8Array): boolean;
  /**
   * Sends one message in the bulk lane, in which a large one holds up no heartbeat and no message of {@link send}: those
   * pass it on the way. Do not change its pieces.
   *
   * @returns Resolves once what is sent from then on, by either method, arrives after it, or when the connection is
   * over. Many at once wait in memory: await the one before.
   * @throws {RangeError} For more than `limits.maxBulkMessageBytes`.
   */
  sendBulk(pieces: readonly Uint8Array[]): Promise<void>;
  /** Resolves once less than the high-water mark waits of what {@link send} was given, or when the connection is over. */
  drained(): Promise<void>;
  /** Bytes handed to `send` and not yet to the kernel. */
  readonly queuedBytes: number;
  /** Whether nothing was heard of the peer for `suspectMs`: give it no more work for now. */
  readonly isSuspect: boolean;
  /**
   * Called for each message, in order. Set it before the event loop turns after the connection was handed over. It may
   * keep the bytes. If it throws, the error goes on to the event loop.
   */
  onMessage: (message: Uint8Array) => void;
  /** Called for each message of the bulk lane, in order. Set it as early as {@link onMessage}. */
  onBulk: (message: Uint8Array) => void;
  /** Called exactly once, after the last message. Set it as early as {@link onMessage}. */
  onClose: (reason: CloseReason) => void;
  /** Says goodbye after what was sent, and ends. No messages arrive any more. Resolves once all is closed, after `limits.closeGraceMs` at the latest. */
  close(): Promise<void>;
  /** Ends at once; the peer sees a broken connection. */
  destroy(): void;
}

/** When silence counts; all in milliseconds. */
export type Heartbeat = {
  /** A ping goes out when nothing else did for so long. Default 1000. */
  readonly pingMs: number;
  /** Silence after which {@link Connection.isSuspect} holds. Default 3000. */
  readonly suspectMs: number;
  /** Silence after which the connection is lost. Default 10 000. */
  readonly lostMs: number;
};

/** This host and this start of the program. See `loadIdentity`. */
export type Identity = {
  readonly hostSecretKey: Uint8Array;
  /** The public key, 32 bytes. */
  readonly hostKey: Uint8Array;
  readonly fingerprint: string;
  /** 16 random bytes. */
  readonly instanceId: Uint8Array;
};

/** The secrets this program may use. See `loadKeys`. */
export type Keyring = {
  /** Up to three; the first dials, all are accepted. */
  readonly secrets: readonly [ClusterKeys, ...ClusterKeys[]];
  /** Short form of the first secret for people: equal for the cluster's file and for the files of its roles. */
  readonly fingerprint: string;
  /** File they came from. */
  readonly source: string;
};

/** Who may answer a dial: `known_hosts`. See `loadKnownHosts`. */
export type KnownHosts = {
  /** Whether a host with this public key may be on the other end. */
  accepts(hostKey: Uint8Array): boolean;
  /** Where the list is, for messages. */
  readonly source: string;
};

export type DialOptions = {
  readonly host: string;
  readonly port: number;
  /** What this side is; the keyring must hold the secret of that role. */
  readonly role: PeerRole;
  /** What this side calls itself, at most `limits.maxNameBytes` bytes of UTF-8. */
  readonly name: string;
  readonly identity: Identity;
  readonly keys: Keyring;
  /** The only roles accepted on the other end. */
  readonly expectedRoles?: readonly PeerRole[] | undefined;
  /** The only host key accepted, when it is known from elsewhere. */
  readonly expectedHostKey?: Uint8Array | undefined;
  readonly knownHosts?: KnownHosts | undefined;
  readonly heartbeat?: Partial<Heartbeat> | undefined;
  /** @default "aes" */
  readonly suite?: Suite | undefined;
  /** Ends the attempt; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
};

export type ListenOptions = {
  /** Addresses or names to listen on, each with the same port. */
  readonly hosts: readonly string[];
  /** 0 takes a free one. */
  readonly port: number;
  readonly role: PeerRole;
  /** What this side calls itself, at most `limits.maxNameBytes` bytes of UTF-8. */
  readonly name: string;
  readonly identity: Identity;
  readonly keys: Keyring;
  /** The roles that may come in; all if it is left out. */
  readonly accepts?: readonly PeerRole[] | undefined;
  /** Takes a proven and authorized peer; set its listeners before returning. */
  readonly onConnection: (connection: Connection) => void;
  /** Says why a proven member may not come in, or undefined if it may. The peer is told. See `loadAuthorizedKeys`. */
  readonly authorize?: ((peer: Peer) => string | undefined) | undefined;
  /** Told of connections that were refused, at most once a minute for each address and reason. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined;
  readonly heartbeat?: Partial<Heartbeat> | undefined;
  /** The only suite that is taken. @default any */
  readonly suite?: Suite | undefined;
};

/** Connections that were refused. */
export type Refusal = {
  /** Without the port. */
  readonly address: string;
  /** How many since the last report of this address and reason. */
  readonly count: number;
  /** A line for a log: what happened and what to do. */
  readonly message: string;
};

/** Where a listener takes connections. */
export type ListenAddress = { readonly host: string; readonly port: number };

export interface Listener {
  /** Where it listens, with the port it got. */
  readonly addresses: readonly ListenAddress[];
  /** Listens on one more address, on the same port; throws as `listen` does. */
  add(host: string): Promise<ListenAddress>;
  /** Asks `authorize` again about every open connection, and destroys those it refuses. */
  recheck(): void;
  /** Takes no more connections and says goodbye on the open ones. */
  close(): Promise<void>;
}
