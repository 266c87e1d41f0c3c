/** The status of a scheduler as a tuple. */
import type { ClusterId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";
import type {
  ClusterStatus,
  NodeState,
  NodeStatus,
  SchedulerStatus,
} from "../proto/scheduler_links.ts";
import { asChoice } from "./batch_items.ts";
import { factCount, factItems, readFacts } from "./node_codec_parts.ts";
import { readId } from "./scheduler_parts.ts";
import type { TupleItem, TupleReader } from "./tuple.ts";

const nodeStates: readonly NodeState[] = ["up", "suspect", "draining", "away"];
const maxTextBytes = 256;

/** How many there are. */
export const statusCount = 5;

export function statusItems(status: SchedulerStatus): TupleItem[] {
  const { version, epoch, staleRejected, nodes, clusters } = status;
  return [version, epoch, staleRejected, nodes.map(nodeItems), clusters.map(clusterItems)];
}

/** Reads what {@link statusItems} wrote; throws MalformedTupleError. */
export function readStatus(reader: TupleReader): SchedulerStatus {
  return {
    version: reader.text(maxTextBytes),
    epoch: reader.uint(),
    staleRejected: reader.uint(),
    nodes: reader.list(() => reader.tuple(7, () => readNode(reader)), limits.maxNodes),
    clusters: reader.list(() => reader.tuple(5, () => readCluster(reader))),
  };
}

function nodeItems(node: NodeStatus): TupleItem[] {
  const { name, address, fingerprint, state, slots, leases, facts } = node;
  return [
    name,
    address,
    fingerprint,
    nodeStates.indexOf(state),
    slots,
    leases,
    factItems(facts),
  ];
}

function readNode(reader: TupleReader): NodeStatus {
  return {
    name: reader.text(limits.maxNameBytes),
    address: reader.text(maxTextBytes),
    fingerprint: reader.text(maxTextBytes),
    state: asChoice(nodeStates)(reader.uint()),
    slots: reader.uint(limits.maxSlots),
    leases: reader.uint(),
    facts: reader.tuple(factCount, () => readFacts(reader)),
  };
}

function clusterItems({ cluster, name, attached, open, settled }: ClusterStatus): TupleItem[] {
  return [cluster, name, attached, open, settled];
}

function readCluster(reader: TupleReader): ClusterStatus {
  return {
    cluster: readId<ClusterId>(reader),
    name: reader.text(limits.maxNameBytes),
    attached: reader.boolean(),
    open: reader.uint(),
    settled: reader.uint(),
  };
}
