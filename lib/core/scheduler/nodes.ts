import type { NodeId } from "../../proto/ids.ts";
import { noPlaces } from "../shared/ranking.ts";
import { loseLeases } from "./leases.ts";
import { newMarks, nodeRankings } from "./node_index.ts";
import type { NodeRecord, RemoteNode } from "./records.ts";
import type { SchedulerState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** A provider of slots comes up. */
export function onNodeUp(turn: Turn, id: NodeId, slots: number): void {
  const { state, nowMs } = turn;
  if (!state.nodes.has(id)) addNode(state, { id, slots, nowMs, remote: undefined });
}

/** Makes a node known. */
export function addNode(
  state: SchedulerState,
  { id, slots, nowMs, remote }: {
    readonly id: NodeId;
    readonly slots: number;
    readonly nowMs: number;
    readonly remote: RemoteNode | undefined;
  },
): NodeRecord {
  const node: NodeRecord = {
    id,
    order: state.arrivals,
    slots,
    leases: new Map(),
    meanRunMs: undefined,
    lastProgressMs: nowMs,
    retracting: 0,
    remote,
    marks: newMarks(),
    places: noPlaces(nodeRankings),
  };
  state.arrivals += 1;
  state.nodes.set(id, node);
  state.index.touch(node);
  return node;
}

/** A node is given up, with all that it holds. */
export function onNodeDown(turn: Turn, id: NodeId): void {
  const node = turn.state.nodes.get(id);
  if (node === undefined) return;
  turn.state.nodes.delete(id);
  turn.state.index.remove(node);
  loseLeases(turn, node, [...node.leases.values()]);
}
