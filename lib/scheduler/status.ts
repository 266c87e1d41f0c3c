import type { ClusterRecord, NodeRecord, RemoteNode } from "../core/scheduler/records.ts";
import type { SchedulerState } from "../core/scheduler/state.ts";
import type { NodeId, OwnerId } from "../proto/ids.ts";
import type {
  ClusterStatus,
  NodeState,
  NodeStatus,
  SchedulerStatus,
} from "../proto/scheduler_links.ts";
import { version } from "../proto/version.ts";
import type { NodeLink } from "./node_link.ts";

/** What an owner may know of a scheduler: all its nodes, and the owner's clusters. */
export function describeScheduler(
  state: SchedulerState,
  links: ReadonlyMap<NodeId, NodeLink>,
  owner: OwnerId,
): SchedulerStatus {
  const nodes = [...links].flatMap(([id, link]) => describeNode(link, state.nodes.get(id)) ?? []);
  const clusters = [...state.clusters.values()].flatMap((cluster) =>
    cluster.shared?.owner === owner ? [describeCluster(cluster)] : []
  );
  const { epoch, counts } = state;
  return { version, epoch, staleRejected: counts.stale, nodes, clusters };
}

/** Nodes that were never heard of have no facts, and are left out. */
function describeNode(link: NodeLink, node: NodeRecord | undefined): NodeStatus | undefined {
  const { facts, connection: { peer } } = link;
  if (facts === undefined) return undefined;
  return {
    name: peer.name,
    address: peer.address,
    fingerprint: peer.fingerprint,
    state: node?.remote === undefined ? "away" : stateOf(node.remote),
    slots: node?.slots ?? 0,
    leases: node?.leases.size ?? 0,
    facts,
  };
}

function stateOf({ link, suspect, draining }: RemoteNode): NodeState {
  if (link === undefined) return "away";
  if (suspect) return "suspect";
  return draining ? "draining" : "up";
}

function describeCluster({ id, open, shared }: ClusterRecord): ClusterStatus {
  return {
    cluster: id,
    name: shared?.name ?? "",
    attached: shared?.link !== undefined,
    open,
    settled: (shared?.jobs.size ?? 0) - open,
  };
}
