import type { OwnerId } from "../../proto/ids.ts";
import type { OpenedRecord } from "../../proto/journal_records.ts";
import { assertNever } from "../../proto/states.ts";
import { Chain } from "../shared/chain.ts";
import { Deque } from "../shared/deque.ts";
import { NumberSet } from "../shared/number_set.ts";
import { holderOf, refOf, releaseLease } from "./leases.ts";
import { discount } from "./queue.ts";
import type { ClusterRecord, JobRecord, SharedCluster } from "./records.ts";
import { release } from "./results.ts";
import { createCluster, type SchedulerState } from "./state.ts";
import type { Turn } from "./turn.ts";

const ended = { kind: "ended" } as const;

/** The cluster of that name which the owner has; undefined if there is none. */
export function findByName(
  state: SchedulerState,
  owner: OwnerId,
  name: string,
): ClusterRecord | undefined {
  for (const cluster of state.clusters.values()) {
    if (cluster.shared?.owner === owner && cluster.shared.name === name) return cluster;
  }
  return undefined;
}

/** Opens a cluster for an owner. */
export function openCluster(
  turn: Turn,
  owner: OwnerId,
  asked: Pick<OpenedRecord, "cluster" | "name" | "computation" | "options">,
): ClusterRecord {
  const { cluster, name, computation, options } = asked;
  const record: OpenedRecord = {
    type: "opened",
    cluster,
    owner,
    name,
    computation,
    options,
    forgotten: [],
  };
  turn.persist(record);
  return addCluster(turn.state, record);
}

/** Makes a cluster known. */
export function addCluster(state: SchedulerState, record: OpenedRecord): ClusterRecord {
  const { cluster: id, owner, name, computation, options } = record;
  const shared: SharedCluster = {
    owner,
    name,
    computation,
    options,
    link: undefined,
    jobs: new Chain(),
    openBytes: 0,
    known: new NumberSet(record.forgotten),
    forgotten: new NumberSet(record.forgotten),
    unsent: new Deque(),
    inFlight: 0,
  };
  const cluster = createCluster(id, state.arrivals, shared);
  state.arrivals += 1;
  state.clusters.set(id, cluster);
  return cluster;
}

/** Ends a cluster with all its jobs and results. */
export function closeCluster(turn: Turn, cluster: ClusterRecord, shared: SharedCluster): void {
  for (const job of shared.jobs) {
    shared.jobs.remove(job);
    abandon(turn, job);
  }
  shared.link = undefined;
  removeCluster(turn.state, cluster);
  turn.persist({ type: "closed", cluster: cluster.id });
}

/** Nothing of a cluster is left. */
export function removeCluster(state: SchedulerState, cluster: ClusterRecord): void {
  cluster.open = 0;
  state.clusters.delete(cluster.id);
  if (state.holder === cluster) state.holder = undefined;
}

/** Lets go of a job, whatever comes of it. */
function abandon(turn: Turn, job: JobRecord): void {
  const { state } = turn;
  state.jobs.delete(job.id);
  switch (job.phase.kind) {
    case "queued":
      discount(state, job.cluster);
      break;
    case "assigned":
    case "retracting":
    case "running":
    case "stopping":
      dropLease(turn, job);
      break;
    case "settled":
      return release(state, job);
    case "delayed":
    case "ended":
      break;
    default:
      assertNever(job.phase);
  }
  job.phase = ended;
}

function dropLease(turn: Turn, job: JobRecord): void {
  const node = holderOf(turn.state, job);
  if (node === undefined || job.shared === undefined) return;
  releaseLease(turn.state, node, job);
  turn.mail(node, "drop", refOf(job, job.shared), true);
}
