import type { Logger } from "../platform/logger.ts";
import type { Platform } from "../platform/types.ts";
import type { NodeFacts, NodeStatus } from "../proto/node_messages.ts";
import type { Isolation } from "../slots/local_pool.ts";
import type { CodeCache } from "./code_cache.ts";
import type { FileCache } from "./file_cache.ts";
import type { KeepService } from "./kept/keep_service.ts";
import type { SlotBroker } from "./slot_broker.ts";

/** What all sessions of a node share. */
export type NodeParts = {
  /** What the node calls itself. */
  readonly name: string;
  readonly facts: NodeFacts;
  readonly platform: Platform;
  /** Workers are never the daemon's own. */
  readonly isolation: Isolation;
  readonly codes: CodeCache;
  readonly broker: SlotBroker;
  readonly files: FileCache;
  /** What is kept of lost clients. */
  readonly keeper: KeepService;
  /** A private folder for what is kept while the daemon runs. */
  readonly folder: string;
  readonly log: Logger;
  /** How the whole node is at the moment. */
  readonly status: () => NodeStatus;
};
