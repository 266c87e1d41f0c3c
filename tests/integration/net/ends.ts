import { randomBytes } from "node:crypto";
import { loadCrypto } from "../../../lib/net/crypto.ts";
import { dial } from "../../../lib/net/dial.ts";
import { listen } from "../../../lib/net/listen.ts";
import type {
  CloseReason,
  Connection,
  DialOptions,
  Identity,
  Keyring,
  Listener,
  ListenOptions,
} from "../../../lib/net/types.ts";
import { clusterKeysOf, fingerprintOf } from "../../../lib/wire/keyfile.ts";

const crypto = await loadCrypto();

/** A host with a key of its own. */
export function newIdentity(): Identity {
  const hostSecretKey = new Uint8Array(randomBytes(32));
  const hostKey = crypto.publicKeyOf(hostSecretKey);
  return {
    hostSecretKey,
    hostKey,
    fingerprint: fingerprintOf(crypto, hostKey),
    instanceId: new Uint8Array(randomBytes(16)),
  };
}

/** The keys of a cluster; those of one role alone, if it is named. */
export function keyringOf(firstByte: number, role?: "node" | "client"): Keyring {
  const secret = new Uint8Array(32).fill(firstByte);
  const keys = clusterKeysOf(crypto, { kind: "cluster", secret });
  const { nodePsk, clientPsk, discoveryKey } = keys;
  const ofRole = {
    nodePsk: role === "client" ? undefined : nodePsk,
    clientPsk: role === "node" ? undefined : clientPsk,
    discoveryKey,
  };
  return { secrets: [ofRole], fingerprint: fingerprintOf(crypto, discoveryKey), source: "secret" };
}

/** A listener on loopback that gives its connections to `onConnection`. */
export function listenHere(changes: Partial<ListenOptions> = {}): Promise<Listener> {
  return listen({
    hosts: ["127.0.0.1"],
    port: 0,
    role: "node",
    name: "listener",
    identity: newIdentity(),
    keys: keyringOf(1),
    onConnection: () => {},
    ...changes,
  });
}

/** Dials a port of this machine. */
export function dialHere(port: number, changes: Partial<DialOptions> = {}): Promise<Connection> {
  return dial({
    host: "127.0.0.1",
    port,
    role: "client",
    name: "dialler",
    identity: newIdentity(),
    keys: keyringOf(1),
    ...changes,
  });
}

/** Port of a listener. */
export function portOf({ addresses: [first] }: Listener): number {
  if (first === undefined) throw new Error("Cannot dial: nothing listens");
  return first.port;
}

/** One end of a connection with what came out of it. */
export type End = {
  readonly connection: Connection;
  readonly messages: Uint8Array[];
  readonly closed: Promise<CloseReason>;
  /** Resolves with all messages once there are `count`. */
  received(count: number): Promise<readonly Uint8Array[]>;
};

/** Gathers what a connection delivers. */
export function endOf(connection: Connection): End {
  const messages: Uint8Array[] = [];
  let waiting: { count: number; resolve: () => void } | undefined;
  connection.onMessage = (message) => {
    messages.push(message);
    if (waiting !== undefined && messages.length >= waiting.count) waiting.resolve();
  };
  const closed = new Promise<CloseReason>((resolve) => connection.onClose = resolve);
  const received = async (count: number): Promise<readonly Uint8Array[]> => {
    if (messages.length < count) {
      await new Promise<void>((resolve) => waiting = { count, resolve });
    }
    return messages;
  };
  return { connection, messages, closed, received };
}

/** Both ends of a connection over loopback. */
export type Pair = { readonly listener: Listener; readonly dialled: End; readonly accepted: End };

/** Connects two ends in this process. `through` may put something between: it gets the port and gives another. */
export async function connectPair(
  changes: { listen?: Partial<ListenOptions>; dial?: Partial<DialOptions> } = {},
  through: (port: number) => Promise<number> = (port) => Promise.resolve(port),
): Promise<Pair> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const listener = await listenHere({
    onConnection: (connection) => resolve(endOf(connection)),
    ...changes.listen,
  });
  try {
    const dialled = endOf(await dialHere(await through(portOf(listener)), changes.dial));
    return { listener, dialled, accepted: await promise };
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/** Closes everything of a pair. */
export async function closePair({ listener, dialled }: Pair): Promise<void> {
  dialled.connection.destroy();
  await listener.close();
}

/** Heartbeats quick enough for a test. */
export const quickHeartbeat = { pingMs: 20, suspectMs: 80, lostMs: 250 } as const;
