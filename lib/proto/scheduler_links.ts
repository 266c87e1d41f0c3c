/**
 * What goes over a connection of the shared scheduler: the messages of its machine, with the payloads that are kept
 * beside it, and what only the shells tell each other. Directions are those of the scheduler.
 */
import type { Code, Packed } from "./executor.ts";
import type { ClusterId, ComputationId } from "./ids.ts";
import type { NodeFacts } from "./node_messages.ts";
import type {
  ClientToScheduler,
  NodeToScheduler,
  SchedulerToClient,
  SchedulerToNode,
} from "./scheduler_messages.ts";

/** Jobs with their arguments, one for each entry of `jobs`, in their order. */
export type SubmitMessage = Extract<ClientToScheduler, { type: "submit" }> & {
  readonly args: readonly Packed[];
};

/** Leases with the arguments of their jobs, one for each entry of `leases`, in their order. */
export type AssignMessage = Extract<SchedulerToNode, { type: "assign" }> & {
  readonly args: readonly Packed[];
};

/** The code of a computation, which is named by the hash of its text. */
export type CodeMessage = {
  readonly type: "code";
  readonly computation: ComputationId;
  readonly code: Code;
};

/** Asks for the code of a computation. */
export type WantCodeMessage = { readonly type: "wantCode"; readonly computation: ComputationId };

/** What clients say. */
export type FromClient =
  /**
   * The first message of a client. Clusters of a connection are its host's, which it proved by its key; or `shared`:
   * everybody's who holds the client secret, from whatever host.
   */
  | { readonly type: "hello"; readonly shared: boolean }
  | Exclude<ClientToScheduler, { type: "submit" }>
  | SubmitMessage
  /** The answer to `wantCode`, which comes after an `open`. */
  | CodeMessage
  /** Asks for a `status`. */
  | { readonly type: "askStatus" };

/** What clients are told. */
export type ToClient =
  | SchedulerToClient
  | WantCodeMessage
  | { readonly type: "status"; readonly status: SchedulerStatus }
  /** The scheduler cannot keep anything for now, and so takes no jobs; the text says why. Undefined: it can again. */
  | { readonly type: "stalled"; readonly why: string | undefined };

/** What nodes say. */
export type FromNode =
  | NodeToScheduler
  /**
   * The first message of a node; `welcome` follows. Nodes of one host and name are told apart by `key`, which a node
   * keeps over restarts. The node's id is `<name>~<hex>`, from its name, host key and `key`.
   */
  | { readonly type: "hello"; readonly key: string; readonly facts: NodeFacts }
  | WantCodeMessage;

/** What nodes are told. */
export type ToNode = Exclude<SchedulerToNode, { type: "assign" }> | AssignMessage | CodeMessage;

/** How a node stands with the scheduler. */
export type NodeState = "up" | "suspect" | "draining" | "away";

/** A node, for people. */
export type NodeStatus = {
  readonly name: string;
  /** `address:port` it is reached at or comes from. */
  readonly address: string;
  readonly fingerprint: string;
  readonly state: NodeState;
  /** Slots it lends now. */
  readonly slots: number;
  /** Leases it holds. */
  readonly leases: number;
  readonly facts: NodeFacts;
};

/** A cluster of whoever asks, for people. */
export type ClusterStatus = {
  readonly cluster: ClusterId;
  readonly name: string;
  readonly attached: boolean;
  /** Jobs that have not ended. */
  readonly open: number;
  /** Jobs that have ended and whose results are kept. */
  readonly settled: number;
};

/** The answer to `askStatus`. */
export type SchedulerStatus = {
  /** Version of muster. */
  readonly version: string;
  /** How often it was started. */
  readonly epoch: number;
  /** What nodes have said since then of leases that counted no more. */
  readonly staleRejected: number;
  readonly nodes: readonly NodeStatus[];
  readonly clusters: readonly ClusterStatus[];
};
