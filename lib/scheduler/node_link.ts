import { createHash } from "node:crypto";
import { leaseKey } from "../core/shared/lease_key.ts";
import type { Link } from "../core/shared/link.ts";
import { defaultHeartbeat } from "../net/heartbeat.ts";
import type { Connection } from "../net/types.ts";
import { failpoint } from "../platform/failpoint.ts";
import type { Logger } from "../platform/logger.ts";
import type { ComputationId, NodeId } from "../proto/ids.ts";
import type { NodeFacts } from "../proto/node_messages.ts";
import type { FromNode, ToNode } from "../proto/scheduler_links.ts";
import type { SchedulerToNode } from "../proto/scheduler_messages.ts";
import { decodeFromNode, encodeToNode } from "../wire/scheduler_node_codec.ts";
import { MalformedTupleError } from "../wire/tuple.ts";
import { assignMessages } from "./assign_messages.ts";
import type { Codes } from "./codes.ts";
import { type Frame, Outflow } from "../net/outflow.ts";
import type { Payloads } from "./payloads.ts";
import type { SchedulerShell } from "./shell.ts";

/** What all links to nodes share. */
export type NodeLinkParts = {
  readonly shell: SchedulerShell;
  readonly payloads: Payloads;
  readonly codes: Codes;
  /** The node has said which one it is; false: another connection to it is the one to use. */
  readonly admit: (id: NodeId) => boolean;
  readonly onEnd: () => void;
  readonly log: Logger;
};

const idHexDigits = 16;
/** How often {@link NodeLink.checkSuspicion} is to be called. */
export const suspicionMs = 500;
/** A node that has just become suspect was heard no longer ago than this. */
const maxUnnoticedMs = defaultHeartbeat.suspectMs + defaultHeartbeat.pingMs + suspicionMs;

/** A connection to a node. */
export class NodeLink {
  readonly connection: Connection;
  readonly #parts: NodeLinkParts;
  readonly #outflow: Outflow<ToNode | SchedulerToNode>;
  readonly #wanted = new Set<ComputationId>();
  #link: Link | undefined;
  #id: NodeId | undefined;
  #facts: NodeFacts | undefined;
  #isSuspect = false;
  #isReplaced = false;

  /** Listens to the connection until it ends. */
  constructor(connection: Connection, parts: NodeLinkParts) {
    this.connection = connection;
    this.#parts = parts;
    this.#outflow = new Outflow(connection, {
      encode: (message) => this.#encode(message),
      follows: mustFollow,
    });
    connection.onMessage = (bytes) => this.#receive(bytes);
    connection.onBulk = (bytes) => this.#receive(bytes);
    connection.onClose = () => this.#end();
  }

  /** Which node it is; undefined before it has said so. */
  get id(): NodeId | undefined {
    return this.#id;
  }

  /** What it told of itself. */
  get facts(): NodeFacts | undefined {
    return this.#facts;
  }

  /** Tells the scheduler when the node has become silent, or is heard again. */
  checkSuspicion(): void {
    const { isSuspect } = this.connection;
    if (isSuspect === this.#isSuspect || this.#link === undefined || this.#id === undefined) return;
    this.#isSuspect = isSuspect;
    const { shell } = this.#parts;
    const silentSinceMs = isSuspect ? performance.now() - maxUnnoticedMs : undefined;
    shell.push({ type: "nodeSuspect", node: this.#id, link: this.#link, silentSinceMs });
  }

  /** Sends code that the node waits for, if it has come. */
  sendWanted(computation: ComputationId): void {
    if (!this.#wanted.has(computation)) return;
    const code = this.#parts.codes.get(computation);
    if (code === undefined) return;
    this.#wanted.delete(computation);
    this.#outflow.push({ type: "code", computation, code });
  }

  /** Another connection takes its place: its end is told before the other's beginning. */
  replace(): void {
    this.#isReplaced = true;
    this.#unlink();
    this.connection.destroy();
  }

  *#encode(message: ToNode | SchedulerToNode): Iterable<Frame> {
    if (message.type === "assign") yield* assignMessages(message, this.#parts.payloads);
    else yield encodeToNode(message);
  }

  #receive(bytes: Uint8Array): void {
    try {
      this.#handle(decodeFromNode(bytes));
    } catch (error) {
      if (!(error instanceof MalformedTupleError)) throw error;
      this.#parts.log.warn(`${this.connection.peer.name} was disconnected: ${error.message}`);
      this.connection.destroy();
    }
  }

  #handle(message: FromNode): void {
    if (message.type === "hello") return this.#greet(message.key, message.facts);
    // Another connection has taken its place.
    if (this.#isReplaced) return;
    if (this.#link === undefined || this.#id === undefined) {
      throw new MalformedTupleError("Cannot take a message before hello");
    }
    if (message.type === "wantCode") {
      this.#wanted.add(message.computation);
      return this.sendWanted(message.computation);
    }
    failpoint(message.type, this.connection.peer.name);
    this.#parts.shell.push({ type: "nodeSays", node: this.#id, link: this.#link, message });
  }

  #greet(key: string, facts: NodeFacts): void {
    if (this.#id !== undefined) throw new MalformedTupleError("Cannot take a second hello");
    const { name, hostKey } = this.connection.peer;
    const id = nodeId(name, hostKey, key);
    this.#id = id;
    this.#facts = facts;
    const { shell, admit } = this.#parts;
    if (!admit(id)) {
      this.#isReplaced = true;
      return void this.connection.close();
    }
    this.#link = shell.addNode({
      tell: (message) => this.#outflow.push(message),
      cut: () => this.connection.destroy(),
    });
    shell.push({ type: "nodeLinkUp", node: id, link: this.#link });
  }

  #end(): void {
    this.#parts.onEnd();
    this.#unlink();
  }

  #unlink(): void {
    if (this.#link === undefined || this.#id === undefined) return;
    const { shell } = this.#parts;
    shell.removeLink(this.#link);
    shell.push({ type: "nodeLinkDown", node: this.#id, link: this.#link });
    this.#link = undefined;
  }
}

/** What is said of a lease comes after the lease; `about` is its key. */
function mustFollow(message: ToNode | SchedulerToNode, about: string): boolean {
  switch (message.type) {
    case "retract":
    case "stop":
    case "drop":
      return message.leases.some((lease) => leaseKey(lease) === about);
    default:
      return false;
  }
}

/** A node is known by its name, and for sure by the key of its host and by which of that host's nodes it is. */
export function nodeId(name: string, hostKey: Uint8Array, key: string): NodeId {
  const digest = createHash("sha256").update(hostKey).update(key).digest("hex");
  return `${name}~${digest.slice(0, idHexDigits)}` as NodeId;
}
