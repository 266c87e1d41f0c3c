import { concatBytes } from "../../lib/wire/bytes.ts";
import type { CloseReason, Connection, Peer } from "../../lib/net/types.ts";

/** One end of a connection without a network: messages arrive in order, a microtask later. */
class MemoryConnection implements Connection {
  readonly peer: Connection["peer"];
  readonly binding = new Uint8Array(64);
  readonly queuedBytes = 0;
  readonly isSuspect = false;
  onMessage: (message: Uint8Array) => void = () => {};
  onBulk: (message: Uint8Array) => void = () => {};
  onClose: (reason: CloseReason) => void = () => {};
  other: MemoryConnection | undefined;
  #isClosed = false;

  constructor(peer: Partial<Peer>) {
    this.peer = {
      role: "client",
      name: "client",
      hostKey: new Uint8Array(32),
      fingerprint: "0000",
      instanceId: `${peer.name}-instance`,
      address: "memory",
      ...peer,
    };
  }

  send(message: Uint8Array): boolean {
    const copy = message.slice();
    queueMicrotask(() => {
      if (!this.#isClosed) this.other?.onMessage(copy);
    });
    return true;
  }

  sendBulk(pieces: readonly Uint8Array[]): Promise<void> {
    const copy = concatBytes(...pieces);
    queueMicrotask(() => {
      if (!this.#isClosed) this.other?.onBulk(copy);
    });
    return Promise.resolve();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#end({ kind: "bye" });
    return Promise.resolve();
  }

  destroy(): void {
    this.#end({ kind: "lost", why: "the connection was cut" });
  }

  #end(reason: CloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { other } = this;
    queueMicrotask(() => this.onClose({ kind: "closed", why: "this side ended it" }));
    queueMicrotask(() => {
      if (other === undefined || other.#isClosed) return;
      other.#isClosed = true;
      other.onClose(reason);
    });
  }
}

/** Two ends: what the client holds of a node, and what the node holds of the client. */
export function memoryConnections(): {
  readonly toNode: Connection;
  readonly toClient: Connection;
} {
  const [toNode, toClient] = connectInMemory(
    { role: "node", name: "node" },
    { role: "client", name: "client" },
  );
  return { toNode, toClient };
}

/** Two ends of a connection, given whom each of them leads to. */
export function connectInMemory(
  onePeer: Partial<Peer>,
  otherPeer: Partial<Peer>,
): [Connection, Connection] {
  const one = new MemoryConnection(onePeer);
  const other = new MemoryConnection(otherPeer);
  one.other = other;
  other.other = one;
  return [one, other];
}
