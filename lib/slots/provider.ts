import type { NodeId } from "../proto/ids.ts";
import type { SlotEvent, SlotTask } from "./types.ts";

/**
 * Takes the events of a provider's nodes. A node is usable from its `ready` on and no longer after its `gone`; `failed`
 * means that no node of the provider can run the code.
 */
export type ProviderListener = (node: NodeId, events: readonly SlotEvent[]) => void;

/** Something that has slots: the local cores, or a machine of the network. */
export interface SlotProvider {
  assign(node: NodeId, tasks: readonly SlotTask[]): void;
  retract(node: NodeId, tasks: readonly SlotTask[]): void;
  stop(node: NodeId, task: SlotTask): void;
  /** Asks all nodes for `started` events of what they run. */
  probe(): void;
  /** Ends everything it runs and frees what it holds. */
  close(): Promise<void>;
}
